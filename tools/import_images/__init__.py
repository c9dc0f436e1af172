"""`make import`: a dataset of pictures in folders, one sub-folder a class.

folders     class folders, read into arrays
dataset     IDX files, a list of the pictures, and the catalogue's file
duplicates  near-duplicates
"""
