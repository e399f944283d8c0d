"""Training: labelled texts → fine-tuned encoder → ONNX int8 → evaluation report. Needs the ``train`` extra."""
