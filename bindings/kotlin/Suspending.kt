package saxaul

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate

// Every call may wait for the disk: its suspending twin (in Twins.kt, which is written from the calls) waits beside the thread
// that draws.

/** Waits for the network beside the thread that draws, until the coroutine is cancelled. */
internal suspend fun <T> cancellable(wait: (Cancel) -> T): T {
    val cancel = Cancel()
    val ended = coroutineScope {
        // What it throws is thrown to whoever waits, unless they were cancelled: then that is what they are told.
        val waiting = async(Dispatchers.IO) { runCatching { wait(cancel) } }
        try {
            waiting.await()
        } catch (cancelled: CancellationException) {
            cancel.cancel()
            throw cancelled
        }
    }
    return ended.getOrThrow()
}

/** Exchanges with the app's pace; what that throws ends the exchange, and is thrown here. */
internal fun <T> rethrowing(pace: Pace?, exchange: (Pace?) -> T): T {
    if (pace == null) return exchange(null)
    var thrown: Throwable? = null
    fun asked(ask: () -> Boolean): Boolean = try {
        ask()
    } catch (error: Throwable) {
        thrown = error
        false
    }
    val watched = object : Pace {
        override fun goesOn(brought: Brought) = asked { pace.goesOn(brought) }

        override fun waits(ms: Long) = asked { pace.waits(ms) }
    }
    return try {
        exchange(watched)
    } catch (ended: SaxaulException) {
        throw thrown ?: ended
    }
}

/** What changes, as long as somebody listens; the first says that everything is new. Many may listen at once. */
fun Saxaul.changes(): Flow<Changes> = callbackFlow {
    val observation = observe(object : Listener {
        override fun changed(changes: Changes) {
            trySend(changes)
        }
    })
    awaitClose { observation.stop() }
}.buffer(Channel.UNLIMITED)

/** What a query gives: now, and again whenever that is something else. Only the newest counts for whoever is slow. */
fun Saxaul.watch(query: Watched): Flow<Shown> = callbackFlow {
    val observation = watch(query, object : Watcher {
        override fun shown(now: Shown) {
            trySend(now)
        }

        override fun failed(error: SaxaulException) {
            // It goes on being watched: what it gives next is told.
        }
    })
    awaitClose { observation.stop() }
}.conflate()

/**
 * Exchanges with home by itself as long as somebody collects this, and tells how it stands; see [Saxaul.sync]. One journal has
 * one sync: share this flow among those who draw it.
 */
fun Saxaul.syncing(settings: SyncSettings = SyncSettings()): Flow<SyncStatus> = callbackFlow {
    val syncing = sync(settings, object : SyncWatcher {
        override fun status(now: SyncStatus) {
            trySend(now)
        }
    })
    awaitClose { syncing.stop() }
}.conflate()
