plugins {
    id("com.android.library") version "8.13.0"
    id("org.jetbrains.kotlin.android") version "2.2.20"
}

android {
    namespace = "kz.saxaul"
    compileSdk = 36
    defaultConfig { minSdk = 23 }
    sourceSets["main"].java.srcDirs("src/main/kotlin")
}

dependencies {
    implementation("net.java.dev.jna:jna:5.17.0@aar")
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.10.2")
}
