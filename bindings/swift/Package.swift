// swift-tools-version:5.9
import PackageDescription

let package = Package(
    name: "Saxaul",
    products: [.library(name: "Saxaul", targets: ["Saxaul"])],
    targets: [
        .target(name: "SaxaulFFI", linkerSettings: [.linkedLibrary("saxaul_core")]),
        .target(name: "Saxaul", dependencies: ["SaxaulFFI"]),
        .executableTarget(name: "Program", dependencies: ["Saxaul"]),
    ]
)
