// An app at a gate, in Swift: the program that every language has, and the stories of tests/conformance. `make swift`
// runs it where there is a Swift compiler.
import Foundation
import Saxaul

func query(_ text: String) -> PeopleQuery {
    PeopleQuery(text: text, team: nil, presence: .anyone, withdrawn: false, offset: 0, limit: 20)
}

func join(_ journal: Saxaul, linkFile: String) throws {
    try journal.joinHttp(link: String(contentsOfFile: linkFile, encoding: .utf8), name: "swift")
    _ = try journal.exchangeHttp()
}

func work(_ journal: Saxaul, text: String) throws {
    let found = try journal.people(query: query(text)).rows
    precondition(found.count == 1, "\(found)")
    let site = try journal.event().sites[0].key
    let row = try journal.perform(
        action: .checkIn(subject: found[0].subject, site: site, method: .search))
    precondition(row.state == .savedHere, "\(row)")
    print("saved")
    fflush(stdout)
    while true { Thread.sleep(forTimeInterval: 60) }
}

func exchange(_ journal: Saxaul) throws {
    let brought = try journal.exchangeHttp(), left = try journal.unconfirmed()
    precondition(left.onThisDevice == 0 && left.carried == 0, "\(brought) \(left)")
}

func hours(_ journal: Saxaul) throws {
    let rows = try journal.hours(of: nil).sorted { ($0.code, $0.date) < ($1.code, $1.date) }
    let texts = rows.map { "[\"\($0.code)\", \"\($0.date)\", \($0.observedS), \($0.imputedS), \($0.verifiedS)]" }
    print("[" + texts.joined(separator: ", ") + "]")
}

func hex(_ text: String) -> Data {
    var bytes = Data(), at = text.startIndex
    while at < text.endIndex {
        let next = text.index(at, offsetBy: 2)
        bytes.append(UInt8(text[at..<next], radix: 16)!)
        at = next
    }
    return bytes
}

// Tells a story. Every view that it names is written to DIRECTORY/views, and its expected digest to SHA256SUMS there.
func conformance(_ file: String, _ directory: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: file))
    let story = try JSONSerialization.jsonObject(with: data) as! [String: Any]
    let known = story["devices"] as! [String: [String: String]]
    var devices: [String: Saxaul] = [:], bundles: [String: Data] = [:], sums = ""

    func begin(_ name: String) throws {
        let device = known[name]!
        devices[name] = try Saxaul.openRecorded(
            path: "\(directory)/\(name).db", seed: hex(device["seed"]!), incarnation: device["incarnation"]!)
    }

    for (name, device) in known {
        try begin(name)
        let body = device["enrolled"]!.data(using: .utf8)!
        let answer = HomeAnswer(status: 200, token: nil, retryAfterS: nil, body: body)
        try devices[name]!.takeEnrolled(link: device["link"]!, answer: answer)
    }
    let steps = story["steps"] as! [[String: Any]]
    for (number, step) in steps.enumerated() {
        let device = (step["device"] as? String).flatMap { devices[$0] }
        if let action = step["do"] {
            let reading = step["reading"] as! [String: NSNumber]
            let clocks = ClockReading(
                boot: reading["boot"]!.uint64Value, monoMs: reading["mono_ms"]!.uint64Value,
                wallMs: reading["wall_ms"]!.int64Value)
            let json = String(data: try JSONSerialization.data(withJSONObject: action), encoding: .utf8)!
            var refusal: String?
            do {
                _ = try device!.performJson(action: json, reading: clocks)
            } catch SaxaulError.Refused(let code, _) {
                refusal = code
            }
            precondition(refusal == step["refused"] as? String, "\(step): \(refusal ?? "done")")
        } else if let name = step["meets"] as? String {
            let other = devices[name]!, greeting = try other.greet()
            while try device!.takeNear(giving: other.answerNear(asking: device!.askNear(greeting: greeting))).more {}
        } else if let name = step["exports"] as? String {
            bundles[name] = try device!.exportBundle(reader: nil)
        } else if let name = step["imports"] as? String {
            _ = try device!.importBundle(bundle: bundles[name]!)
        } else if let name = step["dies"] as? String {
            devices.removeValue(forKey: name)!.shutDown()
            try begin(name)
        } else if let text = step["finds"] as? String {
            let names = try device!.people(query: query(text)).rows.map(\.name)
            precondition(names == step["names"] as! [String], "\(names)")
        } else if let digest = step["view_sha256"] as? String {
            try device!.viewJson().write(to: URL(fileURLWithPath: "\(directory)/views/\(number)"))
            sums += "\(digest)  \(number)\n"
        } else {
            fatalError("unknown step: \(step)")
        }
    }
    precondition(!sums.isEmpty, "the story names no view")
    try sums.write(toFile: "\(directory)/views/SHA256SUMS", atomically: true, encoding: .utf8)
    print(steps.count, "steps")
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments[0] == "conformance" {
    try conformance(arguments[1], arguments[2])
} else {
    let journal = try Saxaul.open(path: arguments[1], key: nil)
    switch arguments[0] {
    case "join": try join(journal, linkFile: arguments[2])
    case "work": try work(journal, text: arguments[2])
    case "exchange": try exchange(journal)
    case "hours": try hours(journal)
    default: fatalError("join, work, exchange, hours or conformance")
    }
}
