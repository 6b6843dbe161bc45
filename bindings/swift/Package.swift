// swift-tools-version:5.9
import PackageDescription

let package = Package(
    name: "Saxaul",
    platforms: [.macOS(.v12), .iOS(.v15)],
    products: [.library(name: "Saxaul", targets: ["Saxaul"])],
    targets: [
        .target(name: "SaxaulFFI", linkerSettings: [.linkedLibrary("saxaul_core")]),
        .target(name: "Saxaul", dependencies: ["SaxaulFFI"]),
        .executableTarget(name: "Program", dependencies: ["Saxaul"]),
    ]
)
