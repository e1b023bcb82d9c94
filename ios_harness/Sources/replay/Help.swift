import HarnessCore

/// What the tool says of itself.
enum Help {
  static let short = "try: replay --help"

  static let long = """
    replay: runs the contract of PocketSeg's iOS harness on a computer, without a phone and without a runtime.

      replay cases FOLDER
          Run every case of conformance/cases, and print a line for each set. What differs is printed with the
          usual fault that gives it, where one does.

      replay check KIND [FILE...]
          Read files as the harness reads them, and print a line for each: `read`, or the name of the error.
          KIND: \(FileCheck.kinds.joined(separator: ", ")).
          Without files, their names are read from standard input, one a line.

      replay run BUNDLE.zip --recording FOLDER --out FOLDER [--job ID]
          Run a bundle's job on what `python -m scripts.ios recording` kept of it, and write the records and class
          maps that the app would write into FOLDER/ID, which `pocketseg device import` takes. An input that was not
          recorded is a failure. Times are of no runtime: the verdict of such records is INVALID. A job that was
          ended in the middle goes on where it was by its id (32 hex digits), from what it left in
          FOLDER/.work-ID until it finished; without an id, one is drawn.

    Exit code: 0 where all is well; 1 where a case differs, a file cannot be read at all, or the job did not finish;
    2 for wrong arguments.
    """
}
