// The stories of tests/conformance in Swift. `make swift` runs it where there is a Swift compiler.
import Foundation
import Saxaul

func hex(_ text: String) -> Data {
    var bytes = Data(), at = text.startIndex
    while at < text.endIndex {
        let next = text.index(at, offsetBy: 2)
        bytes.append(UInt8(text[at..<next], radix: 16)!)
        at = next
    }
    return bytes
}

func query(_ text: String) -> PeopleQuery {
    PeopleQuery(text: text, team: nil, presence: .anyone, withdrawn: false, offset: 0, limit: 20)
}

let arguments = CommandLine.arguments
precondition(arguments.count == 4 && arguments[1] == "conformance", "Program conformance STORY DIRECTORY")
let story = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: arguments[2]))) as! [String: Any]
let known = story["devices"] as! [String: [String: String]]
var devices: [String: Saxaul] = [:], bundles: [String: Data] = [:]

func begin(_ name: String) throws {
    let device = known[name]!
    devices[name] = try Saxaul.openRecorded(
        path: "\(arguments[3])/\(name).db", seed: hex(device["seed"]!), incarnation: device["incarnation"]!)
}

for (name, device) in known {
    try begin(name)
    let answer = HomeAnswer(status: 200, token: nil, retryAfterS: nil, body: device["enrolled"]!.data(using: .utf8)!)
    try devices[name]!.takeEnrolled(link: device["link"]!, answer: answer)
}
let steps = story["steps"] as! [[String: Any]]
for step in steps {
    let device = (step["device"] as? String).flatMap { devices[$0] }
    if let action = step["do"] {
        let reading = step["reading"] as! [String: NSNumber]
        let clocks = ClockReading(
            boot: reading["boot"]!.uint64Value, monoMs: reading["mono_ms"]!.uint64Value, wallMs: reading["wall_ms"]!.int64Value)
        let json = String(data: try JSONSerialization.data(withJSONObject: action), encoding: .utf8)!
        var refusal: String?
        do { _ = try device!.performJson(action: json, reading: clocks) } catch SaxaulError.Refused(let code, _) { refusal = code }
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
        precondition(try device!.people(query: query(text)).rows.map(\.name) == step["names"] as! [String])
    } else if let digest = step["view_sha256"] as? String {
        let view = try device!.viewJson()
        print(digest, view.count)
    } else {
        fatalError("unknown step: \(step)")
    }
}
print(steps.count, "steps")
