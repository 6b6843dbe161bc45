import Foundation

// Every call may wait for the disk: its asynchronous twin (in Twins.swift, which is written from the calls) waits on a thread of
// its own.

/// Runs a call beside the thread that draws. It ends as it would, even where the task is cancelled.
func beside<T>(_ call: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global(qos: .userInitiated).async {
            continuation.resume(with: Result { try call() })
        }
    }
}

/// Runs a call that waits for a network until it ends or the task is cancelled; then it throws `CancellationError`.
func cancellable<T>(_ wait: @escaping @Sendable (Cancel) throws -> T) async throws -> T {
    let cancel = Cancel()
    return try await withTaskCancellationHandler {
        do {
            return try await beside { try wait(cancel) }
        } catch {
            try Task.checkCancellation()
            throw error
        }
    } onCancel: {
        cancel.cancel()
    }
}

extension Saxaul {
    /// What changes, as long as somebody goes through this; the first says that everything is new. Many may listen at once.
    public func changes() throws -> AsyncStream<Changes> {
        let (stream, continuation) = AsyncStream.makeStream(of: Changes.self)
        let observation = try observe(listener: ChangesInto(continuation))
        continuation.onTermination = { _ in observation.stop() }
        return stream
    }

    /// What a query gives: now, and again whenever that is something else. Only the newest counts for whoever is slow.
    public func watching(_ query: Watched) throws -> AsyncStream<Shown> {
        let (stream, continuation) = AsyncStream.makeStream(of: Shown.self, bufferingPolicy: .bufferingNewest(1))
        let observation = try watch(query: query, watcher: ShownInto(continuation))
        continuation.onTermination = { _ in observation.stop() }
        return stream
    }

    /// Exchanges with home by itself as long as somebody goes through this, and tells how it stands; see `sync`. One journal has
    /// one sync.
    public func syncing(_ settings: SyncSettings = SyncSettings()) throws -> AsyncStream<SyncStatus> {
        let (stream, continuation) = AsyncStream.makeStream(of: SyncStatus.self, bufferingPolicy: .bufferingNewest(1))
        let syncing = try sync(settings: settings, watcher: StatusInto(continuation))
        continuation.onTermination = { _ in syncing.stop() }
        return stream
    }
}

// The library lets go of its listeners when the journal is closed: the streams end with them.

private final class ChangesInto: Listener {
    private let continuation: AsyncStream<Changes>.Continuation

    init(_ continuation: AsyncStream<Changes>.Continuation) { self.continuation = continuation }

    deinit { continuation.finish() }

    func changed(changes: Changes) { continuation.yield(changes) }
}

private final class ShownInto: Watcher {
    private let continuation: AsyncStream<Shown>.Continuation

    init(_ continuation: AsyncStream<Shown>.Continuation) { self.continuation = continuation }

    deinit { continuation.finish() }

    func shown(now: Shown) { continuation.yield(now) }

    /// The query goes on being watched: what it gives next is told.
    func failed(error: SaxaulError) {}
}

private final class StatusInto: SyncWatcher {
    private let continuation: AsyncStream<SyncStatus>.Continuation

    init(_ continuation: AsyncStream<SyncStatus>.Continuation) { self.continuation = continuation }

    deinit { continuation.finish() }

    func status(now: SyncStatus) { continuation.yield(now) }
}
