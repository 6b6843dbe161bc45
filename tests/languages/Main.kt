// An app at a gate, in Kotlin: the program that every language has. See tests/tests/languages.

import java.io.File
import java.security.MessageDigest
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import saxaul.*

fun query(text: String) = PeopleQuery(text)

fun work(journal: Saxaul, text: String) = runBlocking {
    val person = journal.peopleAsync(query(text)).rows.single()
    val action = Action.CheckIn(person.subject, journal.event().sites.first().key, Method.SEARCH)
    val row = journal.performAsync(action)
    check(row.state == RecordState.SavedHere) { row }
    println("saved")
    Thread.sleep(Long.MAX_VALUE)
}

fun hours(journal: Saxaul) {
    val rows = journal.hours(null).map { "[\"${it.code}\", \"${it.date}\", ${it.observedS}, ${it.imputedS}, ${it.verifiedS}]" }
    println(rows.sorted().joinToString(", ", "[", "]"))
}

fun main(args: Array<String>) {
    val (command, path) = args
    if (command == "conformance") return conformance(File(path).readText(), args[2])
    if (command == "waits") return waits(path, args[2], args[3])
    Saxaul.open(path, null).use { journal ->
        when (command) {
            "join" -> runBlocking {
                journal.joinHttpAsync(File(args[2]).readText(), "kotlin")
                journal.exchangeHttpAsync()
            }
            "work" -> work(journal, args[2])
            "exchange" -> {
                val stands = runBlocking { journal.syncing().first { it.state == SyncState.WAITING } }
                check(stands.error == null && stands.undelivered == 0) { stands }
                val open = journal.unconfirmed()
                check(open.onThisDevice == 0 && open.carried == 0) { open }
            }
            "hours" -> hours(journal)
            "wipe" -> {
                check(runBlocking { journal.exchangeHttpAsync() }.wipeOrdered)
                journal.wipe()
                return
            }
        }
        // A listener that throws does no harm.
        journal.observe(object : Listener { override fun changed(changes: Changes) = error("thrown by the app") })
        journal.meetHome()
        journal.shutDown()
        try { journal.event(); error("a closed journal answered") } catch (closed: SaxaulException.Refused) {
            check(closed.code == ErrorCodes.CLOSED && closed.errorCode == ErrorCodes.CLOSED) { closed }
            check(ErrorCodes.sentence(closed.code, "kk") == "Журнал жабылған: оны қайта ашыңыз.")
        }
    }
}

fun hex(text: String) = text.chunked(2).map { it.toInt(16).toByte() }.toByteArray()

@Suppress("UNCHECKED_CAST")
fun conformance(text: String, directory: String) {
    val story = Json(text).value() as Map<String, Any?>
    val known = story["devices"] as Map<String, Map<String, String>>
    val devices = mutableMapOf<String, Saxaul>()
    val bundles = mutableMapOf<String, ByteArray>()
    fun begin(name: String) {
        val device = known.getValue(name)
        devices[name] = Saxaul.openRecorded("$directory/$name.db", hex(device.getValue("seed")), device.getValue("incarnation"))
    }
    for ((name, device) in known) {
        begin(name)
        devices.getValue(name).takeEnrolled(device.getValue("link"),
            HomeAnswer(200, null, null, device.getValue("enrolled").toByteArray()))
    }
    val steps = story["steps"] as List<Map<String, Any?>>
    for (step in steps) {
        val device = devices[step["device"]]
        when {
            "do" in step -> {
                val reading = step["reading"] as Map<String, Num>
                val clocks = ClockReading(reading.getValue("boot").toString().toLong(), reading.getValue("mono_ms").toString().toLong(),
                    reading.getValue("wall_ms").toString().toLong())
                val refusal = try { device!!.performJson(Json.write(step["do"]), clocks); null } catch (error: SaxaulException.Refused) { error.code }
                check(refusal == step["refused"]) { "$step: $refusal" }
            }
            "meets" in step -> {
                val other = devices.getValue(step["meets"] as String)
                val greeting = other.greet()
                do { val brought = device!!.takeNear(other.answerNear(device.askNear(greeting))) } while (brought.more)
            }
            "exports" in step -> bundles[step["exports"] as String] = device!!.exportBundle(null)
            "imports" in step -> device!!.importBundle(bundles.getValue(step["imports"] as String))
            "dies" in step -> { val name = step["dies"] as String; devices.remove(name)!!.shutDown(); begin(name) }
            "finds" in step -> {
                val names = device!!.people(query(step["finds"] as String)).rows.map { it.name }
                check(names == step["names"]) { names }
            }
            "view_sha256" in step -> {
                val digest = MessageDigest.getInstance("SHA-256").digest(device!!.viewJson())
                val shown = digest.joinToString("") { "%02x".format(it) }
                check(shown == step["view_sha256"]) { "$step: $shown" }
            }
            else -> error("unknown step: $step")
        }
    }
    println("${steps.size} steps")
}
