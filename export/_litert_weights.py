"""Smaller weights in a finished float .tflite: float16, 8 or 4 bits; activations in float or rounded at run time."""

from __future__ import annotations

import contextlib
import io


def small_weights(data: bytes, precision: str) -> bytes:
    """Store the layers' weights in `precision`: fp16, w8, w8dyn or w4; everything else stays float.

    w4: LiteRT reads 4 bits in convolutions and fully connected layers; in depthwise ones it does not, so these get 8.
    """
    from ai_edge_quantizer import qtyping, quantizer, recipe_manager
    from ai_edge_quantizer.algorithm_manager import AlgorithmName
    from ai_edge_quantizer.qtyping import TFLOperationName as Name

    rules = recipe_manager.RecipeManager()
    if precision == "fp16":
        half = qtyping.OpQuantizationConfig(
            weight_tensor_config=qtyping.TensorQuantizationConfig(16, dtype=qtyping.TensorDataType.FLOAT),
            compute_precision=qtyping.ComputePrecision.FLOAT,
            explicit_dequantize=True,
        )
        for layer in (Name.CONV_2D, Name.DEPTHWISE_CONV_2D, Name.CONV_2D_TRANSPOSE, Name.FULLY_CONNECTED):
            rules.add_quantization_config(".*", layer, half, algorithm_key=AlgorithmName.FLOAT_CASTING)
    elif precision == "w8dyn":
        rules.add_dynamic_config(".*", Name.ALL_SUPPORTED, 8)
    else:
        rules.add_weight_only_config(".*", Name.ALL_SUPPORTED, 8)
    if precision == "w4":
        # OCTAV clips outliers: on training photos more pixels agree with TopFormer Tiny than with the whole range.
        for layer in (Name.CONV_2D, Name.FULLY_CONNECTED):
            rules.add_weight_only_config(".*", layer, 4, algorithm_key=AlgorithmName.OCTAV)
    with contextlib.redirect_stderr(io.StringIO()):  # its progress bars cannot be turned off
        work = quantizer.Quantizer(bytearray(data), rules.get_quantization_recipe())
        result = work.quantize(None, enable_progress_bar=False, enable_progress_report=False)
    return bytes(result.quantized_model)
