"""`make predict`: what the model sees in pictures.

inputs      files as the model's images
predicting  files in, predictions out
output      predictions as a table, JSON or CSV
picture     why the model decided as it did
labelled    folders that are named like classes
judging     how good the model is on pictures whose classes are known
judged      a judgement in words, tables and JSON
page        the page of a judgement, with the worst mistakes
"""
