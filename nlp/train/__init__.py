"""Training: labelled texts, a fine-tuned encoder, ONNX int8, an evaluation report. Needs the ``train`` extra."""
