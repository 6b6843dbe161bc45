package saxaul

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.withContext

// Every call may wait for the disk: these do so beside the thread that draws.

/** See [Saxaul.perform]. */
suspend fun Saxaul.performAsync(action: Action, reading: ClockReading): RecordRow =
    withContext(Dispatchers.IO) { perform(action, reading) }

/** See [Saxaul.performAll]. */
suspend fun Saxaul.performAllAsync(actions: List<Action>, reading: ClockReading): List<RecordRow> =
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

/** See [Saxaul.joinHttp]. */
suspend fun Saxaul.joinHttpAsync(link: String, name: String) = withContext(Dispatchers.IO) { joinHttp(link, name) }

/** See [Saxaul.exchangeHttp]. */
suspend fun Saxaul.exchangeHttpAsync(url: String?, pace: Pace): Brought =
    withContext(Dispatchers.IO) { exchangeHttp(url, pace) }

/** See [Saxaul.exportBundle]. */
suspend fun Saxaul.exportBundleAsync(reader: String? = null): ByteArray =
    withContext(Dispatchers.IO) { exportBundle(reader) }

/** See [Saxaul.importBundle]. */
suspend fun Saxaul.importBundleAsync(bundle: ByteArray): Brought =
    withContext(Dispatchers.IO) { importBundle(bundle) }

/** What changes, as long as somebody listens. One journal has one listener. */
fun Saxaul.changes(): Flow<Changes> = callbackFlow {
    setListener(object : Listener {
        override fun changed(changes: Changes) {
            trySend(changes)
        }
    })
    awaitClose { setListener(null) }
}.buffer(Channel.UNLIMITED)
