// Core ML; the sources are compiled where it can be imported.
