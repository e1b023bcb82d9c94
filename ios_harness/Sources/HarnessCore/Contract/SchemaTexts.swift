// Written by `python -m scripts.ios.schemas` of conformance/schema: change those, and write it again.
// swift-format-ignore-file

/// The schemas of conformance/schema, as they are.
enum SchemaTexts {
  static let bundle = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "bundle.schema.json",
  "title": "PocketSeg bundle 1.0: what a phone is to run, and what it must find",
  "description": "bundle.json. docs/bundle.md says what each field means, and what a reader checks beyond this schema. A document of a newer minor version is read without the fields that this schema does not name.",
  "type": "object",
  "required": [
    "schema_version", "name", "made_by", "job", "data", "classes", "colors_rgb", "artifacts", "inputs", "networks", "photos", "golden", "files"
  ],
  "additionalProperties": false,
  "properties": {
    "schema_version": {"type": "string", "pattern": "^[0-9]{1,4}\\.[0-9]{1,4}$"},
    "name": {"$ref": "#/$defs/name"},
    "made_by": {
      "type": "object",
      "required": ["name", "version"],
      "additionalProperties": false,
      "properties": {"name": {"$ref": "#/$defs/name"}, "version": {"$ref": "#/$defs/name"}}
    },
    "job": {
      "type": "object",
      "required": ["runs", "seed", "passes", "limits"],
      "additionalProperties": false,
      "properties": {
        "runs": {
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "type": "object",
            "required": ["artifact", "accelerator", "threads"],
            "additionalProperties": false,
            "properties": {
              "artifact": {"$ref": "#/$defs/place"},
              "accelerator": {"enum": ["cpu", "gpu", "npu"]},
              "threads": {"type": "integer", "minimum": 1, "maximum": 64}
            }
          }
        },
        "seed": {"type": "integer", "minimum": 0, "maximum": 4294967295},
        "passes": {"type": "integer", "minimum": 1, "maximum": 1000},
        "limits": {
          "type": "object",
          "required": ["run_s", "total_s", "max_temp_c"],
          "additionalProperties": false,
          "properties": {
            "run_s": {"type": "integer", "minimum": 1, "maximum": 86400},
            "total_s": {"type": "integer", "minimum": 1, "maximum": 604800},
            "max_temp_c": {"type": ["number", "null"], "minimum": 0, "maximum": 100}
          }
        }
      }
    },
    "data": {
      "type": "object",
      "required": ["name", "split", "hash"],
      "additionalProperties": false,
      "properties": {"name": {"$ref": "#/$defs/text"}, "split": {"$ref": "#/$defs/text"}, "hash": {"$ref": "#/$defs/text"}}
    },
    "classes": {"type": "array", "minItems": 2, "maxItems": 255, "items": {"$ref": "#/$defs/name"}},
    "colors_rgb": {
      "type": "array",
      "minItems": 2,
      "maxItems": 255,
      "items": {"type": "array", "minItems": 3, "maxItems": 3, "items": {"type": "integer", "minimum": 0, "maximum": 255}}
    },
    "artifacts": {
      "type": "array",
      "minItems": 1,
      "maxItems": 1000,
      "items": {
        "type": "object",
        "required": ["name", "file", "manifest", "target", "runtime", "sha256", "size_bytes", "height_px", "width_px", "input", "network"],
        "additionalProperties": false,
        "properties": {
          "name": {"$ref": "#/$defs/name"},
          "file": {"$ref": "#/$defs/path"},
          "manifest": {"$ref": "#/$defs/path"},
          "target": {"$ref": "#/$defs/name"},
          "runtime": {"$ref": "#/$defs/name"},
          "sha256": {"$ref": "#/$defs/sha256"},
          "size_bytes": {"$ref": "#/$defs/bytes"},
          "height_px": {"$ref": "#/$defs/side"},
          "width_px": {"$ref": "#/$defs/side"},
          "input": {"$ref": "#/$defs/place"},
          "network": {"type": ["integer", "null"], "minimum": 0, "maximum": 100000}
        }
      }
    },
    "inputs": {
      "type": "array",
      "minItems": 1,
      "maxItems": 1000,
      "items": {
        "type": "object",
        "required": ["file", "height_px", "width_px"],
        "additionalProperties": false,
        "properties": {"file": {"$ref": "#/$defs/path"}, "height_px": {"$ref": "#/$defs/side"}, "width_px": {"$ref": "#/$defs/side"}}
      }
    },
    "networks": {
      "type": "array",
      "maxItems": 1000,
      "items": {
        "type": "object",
        "required": ["model", "checkpoint_sha256", "height_px", "width_px"],
        "additionalProperties": false,
        "properties": {
          "model": {"$ref": "#/$defs/name"},
          "checkpoint_sha256": {"$ref": "#/$defs/text"},
          "height_px": {"$ref": "#/$defs/side"},
          "width_px": {"$ref": "#/$defs/side"}
        }
      }
    },
    "photos": {
      "type": "array",
      "minItems": 1,
      "maxItems": 10000,
      "items": {
        "type": "object",
        "required": ["file", "original_sha256", "bundled_sha256", "height_px", "width_px", "label", "label_sha256"],
        "additionalProperties": false,
        "properties": {
          "file": {"$ref": "#/$defs/path"},
          "original_sha256": {"$ref": "#/$defs/sha256"},
          "bundled_sha256": {"$ref": "#/$defs/sha256"},
          "height_px": {"type": "integer", "minimum": 1, "maximum": 65535},
          "width_px": {"type": "integer", "minimum": 1, "maximum": 65535},
          "label": {"$ref": "#/$defs/path_or_null"},
          "label_sha256": {"$ref": "#/$defs/sha256_or_null"}
        }
      }
    },
    "golden": {
      "type": "array",
      "minItems": 1,
      "maxItems": 1000,
      "items": {
        "type": "object",
        "required": ["maps", "network_maps", "least_network_agreement", "arithmetic", "allowed"],
        "additionalProperties": false,
        "properties": {
          "maps": {"type": "array", "minItems": 1, "maxItems": 10000, "items": {"$ref": "#/$defs/path"}},
          "network_maps": {"type": ["array", "null"], "minItems": 1, "maxItems": 10000, "items": {"$ref": "#/$defs/path"}},
          "least_network_agreement": {"type": "number", "minimum": 0, "maximum": 1},
          "arithmetic": {"enum": ["float32", "float16", "int8"]},
          "allowed": {
            "type": "object",
            "required": ["float32", "float16", "int8"],
            "additionalProperties": false,
            "properties": {
              "float32": {"$ref": "#/$defs/shares"}, "float16": {"$ref": "#/$defs/shares"}, "int8": {"$ref": "#/$defs/shares"}
            }
          }
        }
      }
    },
    "files": {
      "type": "array",
      "minItems": 1,
      "maxItems": 65534,
      "items": {
        "type": "object",
        "required": ["name", "sha256", "size_bytes"],
        "additionalProperties": false,
        "properties": {"name": {"$ref": "#/$defs/path"}, "sha256": {"$ref": "#/$defs/sha256"}, "size_bytes": {"$ref": "#/$defs/bytes"}}
      }
    }
  },
  "$defs": {
    "text": {"type": "string", "maxLength": 500, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$"},
    "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$"},
    "path": {"type": "string", "maxLength": 200, "pattern": "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,63}){0,7}$"},
    "path_or_null": {"type": ["string", "null"], "maxLength": 200, "pattern": "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,63}){0,7}$"},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "sha256_or_null": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
    "bytes": {"type": "integer", "minimum": 0, "maximum": 4294967294},
    "side": {"type": "integer", "minimum": 1, "maximum": 8192},
    "place": {"type": "integer", "minimum": 0, "maximum": 100000},
    "shares": {"type": "array", "minItems": 1, "maxItems": 10000, "items": {"type": "number", "minimum": 0, "maximum": 1}}
  }
}
"""#

  static let manifest = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "manifest.schema.json",
  "title": "PocketSeg manifest 2: one exported file, and what goes into it and comes out",
  "description": "manifest.json beside a file. docs/preprocessing.md says what its rules mean, and conformance/README.md what a reader checks beyond this schema.",
  "type": "object",
  "required": [
    "schema_version",
    "target",
    "model",
    "recipe",
    "precision",
    "output",
    "file",
    "sha256",
    "size_bytes",
    "input_height_px",
    "input_width_px",
    "preprocessing",
    "inputs",
    "outputs",
    "classes",
    "colors_rgb",
    "checkpoint_sha256",
    "lineage",
    "split_hash",
    "calibration",
    "parity",
    "tools"
  ],
  "additionalProperties": false,
  "properties": {
    "schema_version": {"const": 2},
    "target": {"$ref": "#/$defs/text"},
    "model": {"$ref": "#/$defs/text"},
    "recipe": {"$ref": "#/$defs/text"},
    "precision": {"$ref": "#/$defs/text"},
    "output": {
      "enum": ["logits", "classmap"]
    },
    "file": {
      "type": "string",
      "minLength": 1,
      "maxLength": 255,
      "pattern": "^(?!\\.{1,2}$)[^/\\\\\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]+$"
    },
    "sha256": {
      "type": "string",
      "maxLength": 64,
      "pattern": "^[0-9a-f]{64}$"
    },
    "size_bytes": {"type": "integer", "minimum": 0, "maximum": 1125899906842624},
    "input_height_px": {"$ref": "#/$defs/side"},
    "input_width_px": {"$ref": "#/$defs/side"},
    "preprocessing": {
      "type": "object",
      "required": [
        "orientation",
        "color_order",
        "resize",
        "resampling",
        "value_range",
        "mean_rgb",
        "std_rgb"
      ],
      "additionalProperties": false,
      "properties": {
        "orientation": {"const": "exif"},
        "color_order": {"const": "RGB"},
        "resize": {"const": "stretch"},
        "resampling": {"const": "pillow-bilinear"},
        "value_range": {
          "const": [0, 255]
        },
        "mean_rgb": {
          "type": "array",
          "minItems": 3,
          "maxItems": 3,
          "items": {"type": "number", "minimum": -1e+30, "maximum": 1e+30}
        },
        "std_rgb": {
          "type": "array",
          "minItems": 3,
          "maxItems": 3,
          "items": {"type": "number", "exclusiveMinimum": 0, "maximum": 1e+30}
        }
      }
    },
    "inputs": {
      "type": "array",
      "minItems": 1,
      "maxItems": 64,
      "items": {"$ref": "#/$defs/tensor"}
    },
    "outputs": {
      "type": "array",
      "minItems": 1,
      "maxItems": 64,
      "items": {"$ref": "#/$defs/tensor"}
    },
    "classes": {
      "type": "array",
      "minItems": 1,
      "maxItems": 255,
      "items": {"$ref": "#/$defs/name"},
      "uniqueItems": true
    },
    "colors_rgb": {
      "type": "array",
      "minItems": 1,
      "maxItems": 255,
      "items": {
        "type": "array",
        "minItems": 3,
        "maxItems": 3,
        "items": {"type": "integer", "minimum": 0, "maximum": 255}
      }
    },
    "checkpoint_sha256": {"$ref": "#/$defs/text"},
    "lineage": {
      "type": "array",
      "maxItems": 64,
      "items": {"$ref": "#/$defs/text"}
    },
    "split_hash": {"$ref": "#/$defs/text"},
    "calibration": {"type": "object"},
    "parity": {
      "type": "object",
      "required": ["status"],
      "additionalProperties": false,
      "properties": {
        "status": {"$ref": "#/$defs/text"},
        "reason": {"$ref": "#/$defs/text"},
        "source": {"$ref": "#/$defs/text"},
        "digests": {
          "type": "array",
          "maxItems": 100000,
          "items": {"$ref": "#/$defs/text"}
        },
        "images": {"type": "integer", "minimum": 0, "maximum": 2147483648},
        "max_abs_error": {
          "type": ["number", "null"],
          "minimum": -1e+30,
          "maximum": 1e+30
        },
        "argmax_agreement": {
          "type": ["number", "null"],
          "minimum": -1e+30,
          "maximum": 1e+30
        },
        "argmax_agreement_garment": {
          "type": ["number", "null"],
          "minimum": -1e+30,
          "maximum": 1e+30
        }
      }
    },
    "tools": {"type": "object"},
    "facts": {"type": "object"},
    "golden": {
      "type": "object",
      "anyOf": [
        {"maxProperties": 0},
        {
          "required": ["photo", "output_indices", "output_values"]
        }
      ],
      "properties": {
        "photo": {"$ref": "#/$defs/text"},
        "output_indices": {
          "type": "array",
          "minItems": 1,
          "maxItems": 100000,
          "items": {"type": "integer", "minimum": 0, "maximum": 268435456}
        },
        "output_values": {
          "type": "array",
          "minItems": 1,
          "maxItems": 100000,
          "items": {"type": "number", "minimum": -1e+30, "maximum": 1e+30}
        }
      }
    }
  },
  "$defs": {
    "text": {"type": "string", "maxLength": 4096},
    "name": {
      "type": "string",
      "minLength": 1,
      "maxLength": 4096,
      "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]+$"
    },
    "side": {"type": "integer", "minimum": 1, "maximum": 8192},
    "tensor": {
      "type": "object",
      "required": ["name", "shape", "layout", "dtype"],
      "additionalProperties": false,
      "properties": {
        "name": {"$ref": "#/$defs/name"},
        "shape": {
          "type": "array",
          "maxItems": 8,
          "items": {"type": "integer", "minimum": 1, "maximum": 268435456}
        },
        "layout": {"$ref": "#/$defs/text"},
        "dtype": {
          "enum": [
            "image",
            "bool",
            "float16",
            "float32",
            "float64",
            "int8",
            "uint8",
            "int16",
            "uint16",
            "int32",
            "int64"
          ]
        },
        "scale": {
          "type": ["number", "null"],
          "exclusiveMinimum": 0,
          "maximum": 1e+30
        },
        "zero_point": {
          "type": ["integer", "null"],
          "minimum": -2147483648,
          "maximum": 2147483648
        },
        "value_range": {
          "type": ["array", "null"],
          "minItems": 2,
          "maxItems": 2,
          "items": {"type": "number", "minimum": -1e+30, "maximum": 1e+30}
        },
        "normalization": {"$ref": "#/$defs/text"}
      }
    }
  }
}
"""#

  static let record = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "record.schema.json",
  "title": "PocketSeg record 1.4: one file, run on one device in one run",
  "description": "docs/record.md says what each field means. What JSON Schema cannot say, such as the seal and the reason of each null, is said there too. A document of a newer minor version is read without the fields that this schema does not name.",
  "type": "object",
  "required": [
    "schema_version", "seal", "kind", "status", "reason", "run", "program", "artifact", "runtime", "device", "accelerator", "state",
    "conditions", "load", "memory", "warm_up_runs", "yardstick", "turns", "end_to_end", "golden", "quality", "statistics", "verdict",
    "verdict_reasons", "unknown"
  ],
  "additionalProperties": false,
  "properties": {
    "schema_version": {"type": "string", "pattern": "^[0-9]{1,4}\\.[0-9]{1,4}$"},
    "seal": {"$ref": "#/$defs/sha256"},
    "kind": {"enum": ["host", "reference", "emulated", "android", "ios", "browser"]},
    "status": {"enum": ["ok", "refused", "failed"]},
    "reason": {"$ref": "#/$defs/sentence"},
    "run": {
      "type": "object",
      "required": ["id", "place", "files", "started_at", "seed"],
      "additionalProperties": false,
      "properties": {
        "id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "place": {"type": "integer", "minimum": 0, "maximum": 1000000},
        "files": {"type": "integer", "minimum": 1, "maximum": 1000000},
        "group": {"type": "integer", "minimum": 0, "maximum": 1000000},
        "started_at": {"$ref": "#/$defs/utc"},
        "seed": {"type": "integer", "minimum": 0, "maximum": 9007199254740991}
      }
    },
    "program": {
      "type": "object",
      "required": ["name", "version", "commit", "build_type"],
      "additionalProperties": false,
      "properties": {
        "name": {"$ref": "#/$defs/name"},
        "version": {"$ref": "#/$defs/name"},
        "commit": {"$ref": "#/$defs/text_or_null"},
        "build_type": {"enum": ["release", "debug"]},
        "debugger": {"type": ["boolean", "null"]},
        "launch": {"enum": ["process", "app", "page", "shell", "test"]}
      }
    },
    "artifact": {
      "type": "object",
      "required": [
        "sha256", "manifest_sha256", "file", "model", "recipe", "precision", "target", "output", "size_bytes", "input_height_px",
        "input_width_px", "checkpoint_sha256", "split_hash"
      ],
      "additionalProperties": false,
      "properties": {
        "sha256": {"$ref": "#/$defs/sha256"},
        "manifest_sha256": {"$ref": "#/$defs/sha256_or_null"},
        "file": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^/\\\\\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]+$"},
        "model": {"$ref": "#/$defs/name"},
        "recipe": {"$ref": "#/$defs/name"},
        "precision": {"$ref": "#/$defs/name"},
        "target": {"$ref": "#/$defs/name"},
        "output": {"$ref": "#/$defs/name"},
        "size_bytes": {"$ref": "#/$defs/bytes"},
        "input_height_px": {"type": "integer", "minimum": 1, "maximum": 8192},
        "input_width_px": {"type": "integer", "minimum": 1, "maximum": 8192},
        "checkpoint_sha256": {"$ref": "#/$defs/text"},
        "split_hash": {"$ref": "#/$defs/text"}
      }
    },
    "runtime": {
      "type": "object",
      "required": ["name", "tool", "version", "threads_asked", "threads", "label"],
      "additionalProperties": false,
      "properties": {
        "name": {"$ref": "#/$defs/name"},
        "tool": {"$ref": "#/$defs/text_or_null"},
        "version": {"$ref": "#/$defs/text_or_null"},
        "build": {"$ref": "#/$defs/text_or_null"},
        "threads_asked": {"type": "integer", "minimum": 1, "maximum": 65536},
        "threads": {"type": ["integer", "null"], "minimum": 0, "maximum": 65536},
        "label": {"$ref": "#/$defs/text"},
        "desktop_version": {"$ref": "#/$defs/text_or_null"}
      }
    },
    "device": {
      "type": "object",
      "required": ["maker", "model", "soc", "cpu", "cpu_features", "cores", "memory_bytes", "os", "python", "machine", "matrix_tiles"],
      "additionalProperties": false,
      "properties": {
        "maker": {"$ref": "#/$defs/text_or_null"},
        "model": {"$ref": "#/$defs/text_or_null"},
        "soc": {"$ref": "#/$defs/text_or_null"},
        "cpu": {"$ref": "#/$defs/text_or_null"},
        "cpu_features": {"type": ["array", "null"], "maxItems": 1024, "items": {"$ref": "#/$defs/name"}},
        "cores": {"type": ["integer", "null"], "minimum": 1, "maximum": 65536},
        "memory_bytes": {"$ref": "#/$defs/bytes_or_null"},
        "os": {"$ref": "#/$defs/text_or_null"},
        "python": {"$ref": "#/$defs/text_or_null"},
        "machine": {"$ref": "#/$defs/text_or_null"},
        "matrix_tiles": {"$ref": "#/$defs/text_or_null"},
        "simulator": {"type": ["boolean", "null"]},
        "browser": {"$ref": "#/$defs/text_or_null"}
      }
    },
    "accelerator": {
      "type": ["object", "null"],
      "required": ["asked", "obtained", "nodes", "nodes_delegated", "fallback"],
      "additionalProperties": false,
      "properties": {
        "asked": {"$ref": "#/$defs/name"},
        "obtained": {"$ref": "#/$defs/text_or_null"},
        "nodes": {"type": ["integer", "null"], "minimum": 0, "maximum": 10000000},
        "nodes_delegated": {"type": ["integer", "null"], "minimum": 0, "maximum": 10000000},
        "fallback": {"$ref": "#/$defs/sentence_or_null"},
        "arithmetic": {"enum": ["float32", "float16", "int8", null]},
        "planned": {
          "type": ["object", "null"],
          "required": ["cpu", "gpu", "npu"],
          "additionalProperties": false,
          "properties": {
            "cpu": {"type": "integer", "minimum": 0, "maximum": 10000000},
            "gpu": {"type": "integer", "minimum": 0, "maximum": 10000000},
            "npu": {"type": "integer", "minimum": 0, "maximum": 10000000}
          }
        }
      }
    },
    "state": {
      "type": "object",
      "required": ["start", "end"],
      "additionalProperties": false,
      "properties": {
        "start": {"$ref": "#/$defs/state"},
        "end": {"$ref": "#/$defs/state"}
      }
    },
    "conditions": {
      "type": ["object", "null"],
      "required": ["others_before", "others_during", "others_after", "stolen", "swapped_bytes"],
      "additionalProperties": false,
      "properties": {
        "others_before": {"$ref": "#/$defs/cores_or_null"},
        "others_during": {"$ref": "#/$defs/cores_or_null"},
        "others_after": {"$ref": "#/$defs/cores_or_null"},
        "stolen": {"type": ["number", "null"], "minimum": 0, "maximum": 65536},
        "swapped_bytes": {"$ref": "#/$defs/bytes_or_null"}
      }
    },
    "load": {
      "type": ["object", "null"],
      "required": ["cold_ms", "warm_ms", "first_inference_ms", "cold_means"],
      "additionalProperties": false,
      "properties": {
        "cold_ms": {"$ref": "#/$defs/ms_or_null"},
        "warm_ms": {"$ref": "#/$defs/ms_or_null"},
        "first_inference_ms": {"$ref": "#/$defs/ms_or_null"},
        "cold_means": {"$ref": "#/$defs/sentence"},
        "state": {"enum": ["first", "cached", null]},
        "compile_ms": {"$ref": "#/$defs/ms_or_null"}
      }
    },
    "memory": {
      "type": ["object", "null"],
      "required": ["before_bytes", "loaded_bytes", "peak_bytes", "runs"],
      "additionalProperties": false,
      "properties": {
        "before_bytes": {"$ref": "#/$defs/bytes_or_null"},
        "loaded_bytes": {"$ref": "#/$defs/bytes_or_null"},
        "peak_bytes": {"$ref": "#/$defs/bytes_or_null"},
        "runs": {"type": ["integer", "null"], "minimum": 0, "maximum": 1000000},
        "metric": {"enum": ["rss", "pss", "phys_footprint", "heap", null]}
      }
    },
    "warm_up_runs": {"type": ["integer", "null"], "minimum": 0, "maximum": 1000000},
    "clock": {
      "type": ["object", "null"],
      "required": ["step_ms"],
      "additionalProperties": false,
      "properties": {
        "step_ms": {"type": "number", "minimum": 0.000001, "maximum": 1000}
      }
    },
    "yardstick": {
      "type": ["object", "null"],
      "required": ["version", "best"],
      "additionalProperties": false,
      "properties": {
        "version": {"$ref": "#/$defs/name"},
        "best": {
          "type": ["object", "null"],
          "required": ["integer_ms", "memory_ms", "reached_at"],
          "additionalProperties": false,
          "properties": {
            "integer_ms": {"type": "number", "minimum": 0, "maximum": 1000000000},
            "memory_ms": {"type": "number", "minimum": 0, "maximum": 1000000000},
            "reached_at": {"$ref": "#/$defs/utc_or_null"}
          }
        }
      }
    },
    "turns": {"type": "array", "maxItems": 100000, "items": {"$ref": "#/$defs/turn"}},
    "end_to_end": {
      "type": "array",
      "maxItems": 100000,
      "items": {
        "type": "object",
        "required": ["at_s", "pre_ms", "execute_ms", "post_ms"],
        "additionalProperties": false,
        "properties": {
          "at_s": {"type": "number", "minimum": 0, "maximum": 10000000},
          "pre_ms": {"type": "number", "minimum": 0, "maximum": 1000000000},
          "execute_ms": {"type": "number", "minimum": 0, "maximum": 1000000000},
          "post_ms": {"type": "number", "minimum": 0, "maximum": 1000000000}
        }
      }
    },
    "golden": {
      "type": ["object", "null"],
      "required": ["status", "reason", "values", "max_abs_error", "tolerance"],
      "additionalProperties": false,
      "properties": {
        "status": {"enum": ["passed", "failed", "not checked"]},
        "reason": {"$ref": "#/$defs/sentence"},
        "values": {"type": "integer", "minimum": 0, "maximum": 1000000000},
        "max_abs_error": {"type": ["number", "null"], "minimum": 0, "maximum": 1e300},
        "tolerance": {"type": ["number", "null"], "minimum": 0, "maximum": 1e300}
      }
    },
    "quality": {
      "type": ["object", "null"],
      "required": ["data", "split", "data_hash", "classes", "photos", "argmax_agreement"],
      "additionalProperties": false,
      "properties": {
        "data": {"$ref": "#/$defs/sentence"},
        "split": {"$ref": "#/$defs/text"},
        "data_hash": {"$ref": "#/$defs/text"},
        "classes": {"type": "array", "minItems": 1, "maxItems": 255, "items": {"$ref": "#/$defs/name"}},
        "photos": {
          "type": "array",
          "maxItems": 100000,
          "items": {
            "type": "object",
            "required": ["photo_sha256", "label_sha256", "confusion"],
            "additionalProperties": false,
            "properties": {
              "photo_sha256": {"$ref": "#/$defs/sha256"},
              "label_sha256": {"$ref": "#/$defs/sha256"},
              "confusion": {
                "type": "array",
                "minItems": 1,
                "maxItems": 255,
                "items": {
                  "type": "array",
                  "minItems": 1,
                  "maxItems": 255,
                  "items": {"type": "integer", "minimum": 0, "maximum": 1099511627776}
                }
              }
            }
          }
        },
        "argmax_agreement": {"$ref": "#/$defs/ratio_or_null"},
        "record": {"type": "string", "pattern": "^[0-9a-f]{32}/(0|[1-9][0-9]{0,6})$"}
      }
    },
    "statistics": {
      "type": ["object", "null"],
      "required": [
        "runs", "turns", "undisturbed_turns", "p50_ms", "p50_low_ms", "p50_high_ms", "p50_all_ms", "p90_ms", "p99_ms", "cv", "drift",
        "end_to_end_ms", "miou", "miou_low", "miou_high", "iou"
      ],
      "additionalProperties": false,
      "properties": {
        "runs": {"type": "integer", "minimum": 0, "maximum": 1000000},
        "turns": {"type": "integer", "minimum": 0, "maximum": 100000},
        "undisturbed_turns": {"type": ["integer", "null"], "minimum": 0, "maximum": 100000},
        "p50_ms": {"$ref": "#/$defs/ms_or_null"},
        "p50_low_ms": {"$ref": "#/$defs/ms_or_null"},
        "p50_high_ms": {"$ref": "#/$defs/ms_or_null"},
        "p50_all_ms": {"$ref": "#/$defs/ms_or_null"},
        "p90_ms": {"$ref": "#/$defs/ms_or_null"},
        "p99_ms": {"$ref": "#/$defs/ms_or_null"},
        "cv": {"type": ["number", "null"], "minimum": 0, "maximum": 1000000000},
        "drift": {"type": ["number", "null"], "minimum": -1, "maximum": 1000000000},
        "end_to_end_ms": {"$ref": "#/$defs/ms_or_null"},
        "miou": {"$ref": "#/$defs/ratio_or_null"},
        "miou_low": {"$ref": "#/$defs/ratio_or_null"},
        "miou_high": {"$ref": "#/$defs/ratio_or_null"},
        "iou": {
          "type": ["object", "null"],
          "maxProperties": 255,
          "propertyNames": {"$ref": "#/$defs/name"},
          "additionalProperties": {"$ref": "#/$defs/ratio_or_null"}
        }
      }
    },
    "bundle": {
      "type": "object",
      "required": ["sha256", "job", "run", "photos"],
      "additionalProperties": false,
      "properties": {
        "sha256": {"$ref": "#/$defs/sha256"},
        "job": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "run": {"type": "integer", "minimum": 0, "maximum": 1000000},
        "photos": {
          "type": "array",
          "maxItems": 100000,
          "items": {
            "type": "object",
            "required": ["original_sha256", "bundled_sha256", "map_sha256", "agreement"],
            "additionalProperties": false,
            "properties": {
              "original_sha256": {"$ref": "#/$defs/sha256"},
              "bundled_sha256": {"$ref": "#/$defs/sha256"},
              "map_sha256": {"$ref": "#/$defs/sha256_or_null"},
              "agreement": {"$ref": "#/$defs/ratio_or_null"}
            }
          }
        }
      }
    },
    "imported": {
      "type": "object",
      "required": ["at", "seal"],
      "additionalProperties": false,
      "properties": {
        "at": {"$ref": "#/$defs/utc"},
        "seal": {"$ref": "#/$defs/sha256"}
      }
    },
    "verdict": {"enum": ["VALID", "UNSTABLE", "INVALID", null]},
    "verdict_reasons": {"type": "array", "maxItems": 100, "items": {"$ref": "#/$defs/reason"}},
    "unknown": {
      "type": "object",
      "maxProperties": 1000,
      "propertyNames": {"type": "string", "maxLength": 1000, "pattern": "^(/[^/\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]+)+$"},
      "additionalProperties": {"$ref": "#/$defs/reason"}
    }
  },
  "$defs": {
    "text": {"type": "string", "maxLength": 500, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$"},
    "text_or_null": {"type": ["string", "null"], "maxLength": 500, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$"},
    "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$"},
    "sentence": {"type": "string", "maxLength": 4096, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$"},
    "sentence_or_null": {"type": ["string", "null"], "maxLength": 4096, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$"},
    "reason": {"type": "string", "minLength": 1, "maxLength": 4096, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$"},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "sha256_or_null": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
    "utc": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z$"},
    "utc_or_null": {"type": ["string", "null"], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z$"},
    "ms_or_null": {"type": ["number", "null"], "minimum": 0, "maximum": 1000000000},
    "bytes": {"type": "integer", "minimum": 0, "maximum": 1125899906842624},
    "bytes_or_null": {"type": ["integer", "null"], "minimum": 0, "maximum": 1125899906842624},
    "celsius_or_null": {"type": ["number", "null"], "minimum": -100, "maximum": 200},
    "cores_or_null": {"type": ["number", "null"], "minimum": 0, "maximum": 65536},
    "ratio_or_null": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    "runs_ms": {
      "type": "array",
      "maxItems": 1000000,
      "items": {"type": "number", "minimum": 0, "maximum": 1000000000}
    },
    "runs_ms_or_null": {
      "type": ["array", "null"],
      "maxItems": 1000000,
      "items": {"type": "number", "minimum": 0, "maximum": 1000000000}
    },
    "reading": {
      "type": "object",
      "required": ["integer_ms", "memory_ms"],
      "additionalProperties": false,
      "properties": {
        "integer_ms": {"type": "number", "minimum": 0, "maximum": 1000000000},
        "memory_ms": {"type": "number", "minimum": 0, "maximum": 1000000000}
      }
    },
    "state": {
      "type": ["object", "null"],
      "required": [
        "at", "power", "battery_c", "thermal", "low_power", "foreground", "busy_cores", "load_1min", "frequency_share", "governor"
      ],
      "additionalProperties": false,
      "properties": {
        "at": {"$ref": "#/$defs/utc"},
        "power": {"enum": ["mains", "battery", null]},
        "battery_c": {"$ref": "#/$defs/celsius_or_null"},
        "thermal": {"$ref": "#/$defs/text_or_null"},
        "low_power": {"type": ["boolean", "null"]},
        "foreground": {"type": ["boolean", "null"]},
        "busy_cores": {"$ref": "#/$defs/cores_or_null"},
        "load_1min": {"type": ["number", "null"], "minimum": 0, "maximum": 1000000},
        "frequency_share": {"type": ["number", "null"], "minimum": 0, "maximum": 10},
        "governor": {"$ref": "#/$defs/text_or_null"}
      }
    },
    "turn": {
      "type": "object",
      "required": [
        "number", "started_s", "before", "after", "wall_ms", "cpu_ms", "waited_ms", "others_ms", "stolen_ms", "switches", "batch", "at_ms",
        "pre_ms", "execute_ms", "post_ms"
      ],
      "additionalProperties": false,
      "properties": {
        "number": {"type": "integer", "minimum": 0, "maximum": 1000000},
        "started_s": {"type": "number", "minimum": 0, "maximum": 10000000},
        "before": {"$ref": "#/$defs/reading"},
        "after": {"$ref": "#/$defs/reading"},
        "wall_ms": {"type": "number", "minimum": 0, "maximum": 1000000000},
        "cpu_ms": {"$ref": "#/$defs/ms_or_null"},
        "waited_ms": {"$ref": "#/$defs/ms_or_null"},
        "others_ms": {"$ref": "#/$defs/ms_or_null"},
        "stolen_ms": {"$ref": "#/$defs/ms_or_null"},
        "switches": {"type": ["integer", "null"], "minimum": 0, "maximum": 1000000000},
        "batch": {"type": "integer", "minimum": 1, "maximum": 1000000},
        "at_ms": {"$ref": "#/$defs/runs_ms"},
        "pre_ms": {"$ref": "#/$defs/runs_ms_or_null"},
        "execute_ms": {"$ref": "#/$defs/runs_ms"},
        "post_ms": {"$ref": "#/$defs/runs_ms_or_null"},
        "device": {"$ref": "#/$defs/turn_device"}
      }
    },
    "turn_device": {
      "type": "object",
      "required": ["battery_c", "power", "thermal", "cores", "frequency_share", "foreground"],
      "additionalProperties": false,
      "properties": {
        "battery_c": {"$ref": "#/$defs/celsius_or_null"},
        "power": {"enum": ["mains", "battery", null]},
        "thermal": {"$ref": "#/$defs/text_or_null"},
        "cores": {
          "type": ["array", "null"],
          "maxItems": 1024,
          "items": {"type": "integer", "minimum": 0, "maximum": 65535}
        },
        "frequency_share": {
          "type": ["array", "null"],
          "maxItems": 1024,
          "items": {"type": "number", "minimum": 0, "maximum": 1}
        },
        "foreground": {"type": ["boolean", "null"]}
      }
    }
  }
}
"""#
}
