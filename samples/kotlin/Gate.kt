// A gate at a terminal, made of Saxaul: java -cp CLASSPATH GateKt gate.db, where CLASSPATH names this program, saxaul.jar, JNA,
// kotlin-stdlib and kotlinx-coroutines-core.
//
// One line takes everything: an invite link, what a scanner types, a name, a code or a telephone number, or the number of somebody
// who was listed; an empty line lists everybody. Whoever is named is checked in, or out if they are inside. `undo` takes the last
// entry back, `status` says what only this machine has, and `quit` closes the journal. What is recorded is saved here before it is
// shown, and goes home by itself as soon as there is a network.

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import saxaul.*

private const val ROWS = 9

class Gate(private val journal: Saxaul) {
    private var listed: List<PersonRow> = emptyList()

    suspend fun work(lines: Sequence<String>) = coroutineScope {
        val beside = listOf(saysHowItSyncs(), saysWhoCameIn())
        if (journal.standingAsync().event == null) say("Paste the invite link of this gate.")
        val typed = lines.iterator()
        while (true) {
            // Waits for the keyboard, and not for the journal.
            val line = withContext(Dispatchers.IO) { if (typed.hasNext()) typed.next().trim() else "quit" }
            if (line == "quit") break
            try {
                takes(line)
            } catch (error: SaxaulException) {
                say(sentence(error))
            }
        }
        beside.forEach { it.cancelAndJoin() }
    }

    /** Exchanges with home by itself, and says when that succeeds or fails. */
    private fun CoroutineScope.saysHowItSyncs() = launch {
        journal.syncing().map { status ->
            when {
                status.state == SyncState.EXCHANGING -> null
                status.error != null -> sentence(status.error!!)
                status.state == SyncState.WAITING && status.undelivered == 0 -> "Everything is at home."
                else -> null
            }
        }.distinctUntilChanged().collect { if (it != null) say(it) }
    }

    private fun CoroutineScope.saysWhoCameIn() = launch {
        journal.watch(Watched.Headcounts).collect { shown ->
            val all = (shown as Shown.Headcounts).counts.everybody
            say("Inside: ${all.inside} of ${all.expected}")
        }
    }

    private suspend fun takes(line: String) {
        val chosen = line.toIntOrNull()?.let { listed.getOrNull(it - 1) }
        when {
            journal.standingAsync().event == null -> joins(line)
            line == "undo" -> undo()
            line == "status" -> status()
            chosen != null -> passes(chosen.subject, chosen, Method.SEARCH)
            else -> reads(line)
        }
    }

    /** What was scanned or typed. */
    private suspend fun reads(text: String) {
        when (val code = journal.readCodeAsync(text)) {
            is ScannedCode.Invite -> joins(code.link)
            is ScannedCode.Other -> finds(text)
            // Whoever is newer than this roster is let in by their badge.
            else -> journal.scanAsync(text).let { passes(it.subject, it.person, Method.QR) }
        }
    }

    private suspend fun joins(link: String) {
        journal.joinHttpAsync(link, "gate")
        say("Joined. People can be found after the first exchange.")
    }

    /** One person passes; among several one is chosen. */
    private suspend fun finds(text: String) {
        val page = journal.peopleAsync(PeopleQuery(text = text, limit = ROWS))
        listed = page.rows
        when {
            listed.isEmpty() -> say("Nobody is called so.")
            listed.size == 1 && text.isNotEmpty() -> passes(listed.first().subject, listed.first(), Method.SEARCH)
            else -> {
                listed.forEachIndexed { at, row -> say("${at + 1}  ${row.code}  ${row.name}${if (row.insideAt == null) "" else "  (here)"}") }
                if (page.total > listed.size) say("and ${page.total - listed.size} more: type more of the name")
            }
        }
    }

    /** Checks somebody in, or out if they are inside. */
    private suspend fun passes(subject: String, row: PersonRow?, method: Method) {
        val name = row?.name ?: "somebody who is not on this roster yet"
        // What was listed may be older than the last entry.
        val inside = journal.personAsync(subject)?.insideAt
        if (inside != null) {
            journal.performAsync(Action.CheckOut(subject, inside, method))
            say("Out: $name")
        } else {
            journal.performAsync(Action.CheckIn(subject, site(), method))
            say("In: $name")
        }
    }

    private suspend fun site(): String = journal.standingAsync().site ?: journal.eventAsync().sites.firstOrNull()?.key.orEmpty()

    private suspend fun undo() {
        val last = journal.recordsAsync().rows.firstOrNull { it.entry != null && !it.undone && it.kind != "undo" }
        if (last == null) return say("There is nothing to take back.")
        journal.performAsync(Action.Undo(last.entry!!))
        say("Taken back: ${last.kind}")
    }

    /** What is lost with this machine. */
    private suspend fun status() {
        val open = journal.unconfirmedAsync()
        say("Only here: ${open.onThisDevice + open.carried}; refused: ${open.refused}")
        for (row in journal.recordsAsync(0, ROWS).rows) {
            say("  ${row.kind}: " + when (val state = row.state) {
                is RecordState.Refused -> ErrorCodes.recordSentence(state.code, "en")
                is RecordState.Carried -> "with ${state.by.joinToString()}"
                else -> state.toString()
            })
        }
    }

    /** What people are told about an error, and nothing of how it is called. */
    private fun sentence(error: SaxaulException) = ErrorCodes.sentence(error.errorCode, "en") ?: error.errorCode

    private fun say(text: String) = println(text)
}

fun main(args: Array<String>) = runBlocking {
    Saxaul.openAsync(args[0]).use { Gate(it).work(generateSequence(::readlnOrNull)) }
}
