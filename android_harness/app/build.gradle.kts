import org.jetbrains.kotlin.gradle.dsl.JvmTarget

// The app; pom.xml beside this file says the same to Maven, and scripts/android makes the APK there.
plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.android)
}

// What Maven repositories lack: `python -m scripts.android archives` fetches it there, by hash.
val cache: String =
    providers
        .environmentVariable("POCKETSEG_CACHE_DIR")
        .orElse(providers.systemProperty("user.home").map { "$it/.cache/pocketseg" })
        .map { "$it/android" }
        .get()

android {
    namespace = "dev.pocketseg.harness"
    compileSdk = 35

    defaultConfig {
        applicationId = "dev.pocketseg.harness"
        minSdk = 26
        targetSdk = 35
        versionCode = 1
        versionName = "0.1.0"
        ndk {
            abiFilters += "arm64-v8a"
        }
    }

    buildTypes {
        release {
            isDebuggable = false
            isMinifyEnabled = true
            isShrinkResources = false
            proguardFiles("proguard-rules.pro")
            // To install it, not to publish it.
            signingConfig = signingConfigs.getByName("debug")
        }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }

    sourceSets {
        getByName("main") {
            jniLibs.srcDir("$cache/executorch")
            jniLibs.srcDir("$cache/onnxruntime")
        }
    }

    packaging {
        // Its libraries for computers.
        resources.excludes += "ai/onnxruntime/native/**"
        jniLibs {
            useLegacyPackaging = false
            // One of each may be loaded; Maven's build fails where two archives hold different ones.
            pickFirsts += listOf("**/libc++_shared.so", "**/libfbjni.so")
        }
    }

    dependenciesInfo {
        includeInApk = false
    }
}

kotlin {
    compilerOptions {
        jvmTarget.set(JvmTarget.JVM_1_8)
        freeCompilerArgs.addAll(
            "-Xlambdas=class",
            "-Xsam-conversions=class",
            "-Xstring-concat=inline",
        )
    }
}

dependencies {
    implementation(project(":core"))
    implementation(libs.tensorflow.lite) { isTransitive = false }
    implementation(libs.tensorflow.lite.api) { isTransitive = false }
    implementation(libs.tensorflow.lite.gpu) { isTransitive = false }
    implementation(libs.tensorflow.lite.gpu.api) { isTransitive = false }
    implementation(libs.pytorch.android.lite) { isTransitive = false }
    implementation(libs.fbjni.java.only)
    implementation(libs.nativeloader)
    // The classes for any Java. Those of its Android archive report to Microsoft over the network.
    implementation(libs.onnxruntime)
    implementation(files("$cache/executorch-classes.jar"))
}
