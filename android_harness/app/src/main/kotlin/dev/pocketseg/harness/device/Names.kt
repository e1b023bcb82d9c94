package dev.pocketseg.harness.device

import android.os.Build
import android.os.Process
import dev.pocketseg.harness.NewerApi
import dev.pocketseg.harness.run.Known

/** What the system calls the device and itself; never a serial number or an id. */
object Names {
    private const val TEST = "robolectric"
    private val SIMULATED = setOf("goldfish", "ranchu", "cutf_cvm", TEST, "vbox86")
    private val MACHINES = mapOf("arm64-v8a" to "arm64", "armeabi-v7a" to "arm", "armeabi" to "arm")

    fun soc(): Known<String> {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.S) return Known.unknown("Android says this from version 12 on")
        return known(Newer.soc())
    }

    fun os(): String = "Android ${Build.VERSION.RELEASE}"

    /** The instruction set of this process. */
    fun machine(): Known<String> {
        val abis = if (Process.is64Bit()) Build.SUPPORTED_64_BIT_ABIS else Build.SUPPORTED_32_BIT_ABIS
        return machine(abis.firstOrNull() ?: "")
    }

    fun machine(abi: String): Known<String> = known(MACHINES[abi] ?: abi)

    /** How a record says that it came about: a test on a computer is never counted as measured. */
    fun launch(): String = if (Build.FINGERPRINT == TEST) "test" else "app"

    fun isSimulator(): Boolean = isSimulator(Build.HARDWARE, Build.FINGERPRINT, Build.PRODUCT)

    fun isSimulator(hardware: String, fingerprint: String, product: String): Boolean = hardware in SIMULATED ||
        fingerprint.startsWith("generic") || fingerprint == TEST ||
        product.startsWith("sdk_gphone") || product == "sdk"

    /** A name of the system; what it writes where it has none is not known. */
    fun known(name: String?): Known<String> =
        if (name.isNullOrBlank() || name.equals(Build.UNKNOWN, ignoreCase = true)) {
            Known.unknown("the system does not say")
        } else {
            Known.of(name.trim())
        }

    @NewerApi
    private object Newer {
        fun soc(): String {
            val maker = Build.SOC_MANUFACTURER
            val model = Build.SOC_MODEL
            val isNamed = known(maker).value != null && known(model).value != null
            return if (isNamed) "$maker $model" else known(model).value ?: ""
        }
    }
}
