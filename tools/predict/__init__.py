"""`make predict`: what the model sees in pictures.

inputs      files as the model's images
predicting  files in, predictions out
output      predictions as a table, JSON or CSV
picture     why the model decided as it did
"""
