// What waits for a network in Kotlin ends when the app wants it to. Called with a journal that has joined, an invite link and
// the name of a story.

import java.io.InputStream
import java.net.ServerSocket
import java.net.Socket
import java.net.SocketTimeoutException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.LinkedBlockingQueue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import saxaul.*

/** Takes calls and answers none. */
class SilentHome(private val link: String) {
    private val listener = ServerSocket(0, 8, java.net.InetAddress.getLoopbackAddress())
    private val calls = LinkedBlockingQueue<Socket>()
    val url = "http://127.0.0.1:${listener.localPort}"

    fun link() = link.replace(Regex("^https?://[^/]*"), url)

    fun whenCalled(act: () -> Unit) = Thread {
        calls.put(listener.accept())
        act()
    }.apply { isDaemon = true }.start()

    /** Whether its one call was left alone, and not ended by a limit of time. */
    fun stillWaits(): Boolean {
        val call = calls.take().apply { soTimeout = 1 }
        val heard: InputStream = call.getInputStream()
        return try {
            while (heard.read() >= 0) continue
            false
        } catch (silence: SocketTimeoutException) {
            true
        }
    }
}

fun code(act: () -> Unit): String = try {
    act()
    error("it was not refused")
} catch (error: SaxaulException) {
    error.errorCode
}

/** Closing ends an exchange at once, and the journal may be opened again. */
fun closedDuringAnExchange(path: String, link: String) {
    val home = SilentHome(link)
    val journal = Saxaul.open(path)
    val ended = CompletableFuture<String>()
    val called = CompletableFuture<Unit>()
    home.whenCalled { called.complete(Unit) }
    journal.use {
        Thread { ended.complete(code { it.exchangeHttp(home.url) }) }.start()
        called.get()
    }
    check(code { journal.people(PeopleQuery()) } == ErrorCodes.CLOSED)
    Saxaul.open(path).use { check(it.people(PeopleQuery()).total == 0) }
    check(ended.get() == ErrorCodes.CANCELLED && home.stillWaits()) { ended.get() }
    journal.close()
}

/** A coroutine that is cancelled ends what it waits for. */
fun cancelled(path: String, link: String) = runBlocking {
    val journal = Saxaul.openAsync(path)
    val waits: List<suspend (SilentHome) -> Unit> = listOf(
        { journal.exchangeHttpAsync(it.url) },
        { journal.joinHttpAsync(it.link(), "kotlin") },
        { home -> journal.syncing(SyncSettings(url = home.url)).collect {} },
    )
    for (wait in waits) {
        val home = SilentHome(link)
        val called = CompletableDeferred<Unit>()
        home.whenCalled { called.complete(Unit) }
        val job = launch(Dispatchers.Default) { wait(home) }
        called.await()
        job.cancelAndJoin()
        check(job.isCancelled && home.stillWaits())
    }
    journal.shutDownAsync()
    Saxaul.open(path).close()
}

class Thrown : RuntimeException("thrown by the app")

/** What the app throws comes back, or is reported, and does no harm. */
fun thrown(path: String) {
    val nobody = ServerSocket(0).use { "http://127.0.0.1:${it.localPort}" }
    val throws = object : Pace {
        override fun goesOn(brought: Brought): Boolean = throw Thrown()

        override fun waits(ms: Long): Boolean = throw Thrown()
    }
    Saxaul.open(path).use { journal ->
        try {
            runBlocking { journal.exchangeHttpAsync(nobody, throws) }
            error("it did not throw")
        } catch (itself: Thrown) {
            check(itself.message == "thrown by the app")
        }
        try {
            journal.exchangeHttp(nobody, throws)
            error("it did not throw")
        } catch (refused: SaxaulException.Refused) {
            check(refused.code == ErrorCodes.APP_FAILED && "thrown by the app" in refused.why) { refused }
        }
        val called = LinkedBlockingQueue<String>()
        journal.observe(object : Listener {
            override fun changed(changes: Changes) {
                called.put("listener")
                throw Thrown()
            }
        })
        journal.watch(Watched.People(PeopleQuery()), object : Watcher {
            override fun shown(now: Shown) {
                called.put("watcher")
                throw Thrown()
            }

            override fun failed(error: SaxaulException) = throw Thrown()
        })
        check(setOf(called.take(), called.take()) == setOf("listener", "watcher"))
        val person = Action.AddPerson(newPersonId(), Known(Name("Ann")))
        check(journal.perform(person).state == RecordState.SavedHere)
        check(setOf(called.take(), called.take()) == setOf("listener", "watcher"))
    }
}

/** Rows cannot be changed and print themselves; ids that are none are refused; and every call has a suspending twin. */
fun shapes(path: String) {
    check(RecordState.SavedHere.toString() == "SavedHere")
    check(PresenceFilter.Anyone.toString() == "Anyone" && PeopleQuery().presence == PresenceFilter.Anyone)
    for (row in listOf(PersonRow::class, RecordRow::class, PeopleQuery::class, SyncStatus::class)) {
        check(row.java.methods.none { it.name.startsWith("set") }) { row }
    }
    Saxaul.open(path).use { journal ->
        check(code { journal.person("A-0001") } == ErrorCodes.BAD_INPUT)
        check(code { journal.chooseEvent("") } == ErrorCodes.BAD_INPUT)
    }
    val calls = SaxaulInterface::class.java.methods.map { it.name }.filter { "$" !in it }.toSet() + "open"
    val twins = Class.forName("saxaul.TwinsKt").methods.map { it.name }.toSet()
    check(calls.size > 30) { calls }
    for (call in calls) check(call + "Async" in twins) { call }
}

fun waits(path: String, link: String, story: String) {
    when (story) {
        "closed" -> closedDuringAnExchange(path, link)
        "cancelled" -> cancelled(path, link)
        "thrown" -> thrown(path)
        "shapes" -> shapes(path)
        else -> error(story)
    }
}
