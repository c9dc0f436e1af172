"""`make import`: a dataset of pictures in folders, one sub-folder a class.

layout      which folders are those of classes, and of a split
pictures    the pictures in them, read into arrays
duplicates  near-duplicates
split       which pictures are for testing
dataset     the files of a dataset
entry       its file in the catalogue
listing     pictures.csv
changes     what a new version changes
report      what is printed
"""
