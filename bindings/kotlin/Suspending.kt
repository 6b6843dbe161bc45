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
import kotlinx.coroutines.withContext

// Every call may wait for the disk: these do so beside the thread that draws.

/** See [Saxaul.perform]. */
suspend fun Saxaul.performAsync(action: Action, reading: ClockReading? = null): RecordRow =
    withContext(Dispatchers.IO) { perform(action, reading) }

/** See [Saxaul.performAll]. */
suspend fun Saxaul.performAllAsync(actions: List<Action>, reading: ClockReading? = null): List<RecordRow> =
    withContext(Dispatchers.IO) { performAll(actions, reading) }

/** See [Saxaul.people]. */
suspend fun Saxaul.peopleAsync(query: PeopleQuery): PeoplePage = withContext(Dispatchers.IO) { people(query) }

/** See [Saxaul.person]. */
suspend fun Saxaul.personAsync(subject: String): PersonRow? = withContext(Dispatchers.IO) { person(subject) }

/** See [Saxaul.hours]. */
suspend fun Saxaul.hoursAsync(of: String? = null): List<HoursRow> = withContext(Dispatchers.IO) { hours(of) }

/** See [Saxaul.records]. */
suspend fun Saxaul.recordsAsync(offset: UInt, limit: UInt): RecordPage =
    withContext(Dispatchers.IO) { records(offset, limit) }

/** See [Saxaul.scan]. */
suspend fun Saxaul.scanAsync(text: String): Bearer = withContext(Dispatchers.IO) { scan(text) }

/** See [Saxaul.joinHttp]. Ends at once when the coroutine is cancelled. */
suspend fun Saxaul.joinHttpAsync(link: String, name: String) = cancellable { joinHttp(link, name, it) }

/** See [Saxaul.exchangeHttp]. Ends at once when the coroutine is cancelled. */
suspend fun Saxaul.exchangeHttpAsync(url: String? = null, pace: Pace? = null): Brought =
    cancellable { exchangeHttp(url, pace, it) }

/** Waits for the network beside the thread that draws, until the coroutine is cancelled. */
private suspend fun <T> cancellable(wait: (Cancel) -> T): T = coroutineScope {
    val cancel = Cancel()
    val waiting = async(Dispatchers.IO) { wait(cancel) }
    try {
        waiting.await()
    } catch (ended: CancellationException) {
        cancel.cancel()
        throw ended
    }
}

/** See [Saxaul.exportBundle]. */
suspend fun Saxaul.exportBundleAsync(reader: String? = null): ByteArray =
    withContext(Dispatchers.IO) { exportBundle(reader) }

/** See [Saxaul.importBundle]. */
suspend fun Saxaul.importBundleAsync(bundle: ByteArray): Brought =
    withContext(Dispatchers.IO) { importBundle(bundle) }

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
