import org.jetbrains.kotlin.gradle.dsl.JvmTarget

// Everything that needs no Android; pom.xml beside this file says the same to Maven.
plugins {
    alias(libs.plugins.kotlin.jvm)
}

dependencies {
    implementation(libs.kotlin.stdlib)
    testImplementation(libs.junit.jupiter)
    testRuntimeOnly("org.junit.platform:junit-platform-launcher")
}

java {
    sourceCompatibility = JavaVersion.VERSION_1_8
    targetCompatibility = JavaVersion.VERSION_1_8
}

kotlin {
    compilerOptions {
        jvmTarget.set(JvmTarget.JVM_1_8)
        allWarningsAsErrors.set(true)
        freeCompilerArgs.addAll(
            "-Xlambdas=class",
            "-Xsam-conversions=class",
            "-Xstring-concat=inline",
            "-Xjdk-release=1.8",
        )
    }
}

// The schemas of the contract lie in one place; the jar carries them as they are.
tasks.processResources {
    from("../../conformance/schema") {
        into("dev/pocketseg/harness/core/schema")
    }
}

tasks.test {
    useJUnitPlatform()
    maxHeapSize = "512m"
    systemProperty("pocketseg.checkout", rootDir.parentFile.path)
    systemProperty("pocketseg.target", layout.buildDirectory.get().asFile.path)
}
