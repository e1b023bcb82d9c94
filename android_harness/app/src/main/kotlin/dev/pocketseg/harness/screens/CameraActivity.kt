package dev.pocketseg.harness.screens

import android.Manifest
import android.app.Activity
import android.app.AlertDialog
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.net.Uri
import android.os.Bundle
import android.provider.Settings
import android.view.WindowManager
import dev.pocketseg.harness.R
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.Page
import dev.pocketseg.harness.views.put

/** What the camera sees with the mask that a file of the bundle gives of it; nothing is kept of it. */
class CameraActivity : Activity() {
    private lateinit var view: CameraView
    private var live: Live? = null
    private var artifact = 0
    private var isFront = false
    private var isAsking = false
    private var isRefusedForGood = false

    override fun onCreate(saved: Bundle?) {
        super.onCreate(saved)
        artifact = (saved ?: intent.extras)?.getInt(ARTIFACT) ?: 0
        isFront = saved?.getBoolean(FRONT) ?: false
        isAsking = saved?.getBoolean(ASKING) ?: false
        isRefusedForGood = saved?.getBoolean(REFUSED) ?: false
        val page = Page.of(this, getString(R.string.camera))
        page.addAction(Look.iconButton(this, R.drawable.turn_camera, R.string.camera_turn) { turn() })
        view = CameraView(this, ask = ::ask, settings = ::openSettings, choose = ::choose)
        page.column.put(view)
        window.addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
    }

    override fun onResume() {
        super.onResume()
        if (isAllowed()) start() else view.askFirst(isRefusedForGood)
    }

    override fun onPause() {
        stop()
        super.onPause()
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putInt(ARTIFACT, artifact)
        state.putBoolean(FRONT, isFront)
        state.putBoolean(ASKING, isAsking)
        state.putBoolean(REFUSED, isRefusedForGood)
    }

    override fun onRequestPermissionsResult(request: Int, permissions: Array<String>, results: IntArray) {
        isAsking = false
        if (results.firstOrNull() == PackageManager.PERMISSION_GRANTED) return // the screen is resumed now
        // Android asks no more once it was refused twice: then only its settings help.
        isRefusedForGood = !shouldShowRequestPermissionRationale(Manifest.permission.CAMERA)
        view.askFirst(isRefusedForGood)
    }

    private fun ask() {
        if (isAsking) return
        isAsking = true
        requestPermissions(arrayOf(Manifest.permission.CAMERA), ASK)
    }

    private fun openSettings() = startActivity(
        Intent(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, Uri.fromParts("package", packageName, null)),
    )

    private fun turn() {
        isFront = !isFront
        again()
    }

    private fun choose(offer: Offer) {
        AlertDialog.Builder(this)
            .setTitle(R.string.file_choose)
            .setSingleChoiceItems(offer.names.toTypedArray(), offer.places.indexOf(offer.chosen)) { dialog, at ->
                dialog.dismiss()
                artifact = offer.places[at]
                again()
            }
            .setNegativeButton(R.string.cancel, null)
            .show()
    }

    private fun again() {
        stop()
        if (isAllowed()) start()
    }

    private fun start() {
        if (live != null) return
        view.begin()
        val hash = intent.getStringExtra(BUNDLE).orEmpty()

        @Suppress("DEPRECATION") // what replaced it is newer than the oldest Android
        val degrees = windowManager.defaultDisplay.rotation * 90
        val started = Live(applicationContext, hash, artifact, isFront, degrees)
        started.listener = view
        live = started
        started.start()
    }

    private fun stop() {
        live?.stop()
        live = null
    }

    private fun isAllowed() = checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED

    companion object {
        private const val BUNDLE = "bundle"
        private const val ARTIFACT = "artifact"
        private const val FRONT = "front"
        private const val ASKING = "asking"
        private const val REFUSED = "refused"
        private const val ASK = 1

        fun intent(context: Context, bundle: String, artifact: Int): Intent =
            Intent(context, CameraActivity::class.java).putExtra(BUNDLE, bundle).putExtra(ARTIFACT, artifact)
    }
}
