"""`make export`: the model as ONNX, with its card and the playground.

onnx_model  the ONNX file, and the proof that it agrees
card        the model card
examples    test images for the playground
playground  one HTML page with the model inside
origin      the commit that the model is from, and whether it is that commit's
"""
