// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "swift-slug",
    targets: [
        .executableTarget(
            name: "Node",
            swiftSettings: [.enableExperimentalFeature("Extern")],
            // A reactor: it is called, and has no end of its own.
            linkerSettings: [.unsafeFlags(["-Xclang-linker", "-mexec-model=reactor"])]
        )
    ]
)
