// For Android Studio. Maven (pom.xml) builds the same sources; README.md says which of the two has ever been run.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
    // The R8 that Maven's build runs too, and one that knows Kotlin's newest metadata.
    buildscript {
        repositories {
            google()
            mavenCentral()
        }
        dependencies {
            classpath("com.android.tools:r8:9.5.28")
        }
    }
}

dependencyResolutionManagement {
    repositoriesMode.set(RepositoriesMode.FAIL_ON_PROJECT_REPOS)
    repositories {
        mavenCentral()
        google()
    }
}

rootProject.name = "pocketseg-harness"
include(":core", ":app")
