"""Picture files of strangers, as images of a model.

reading     any picture that Pillow reads, opened with care
levels      its pixels with 8 bits a channel
fitting     a picture of any size as an image of the model's
resampling  the arithmetic of it
names       exact for programs, harmless for a terminal
walking     the files in folders of people, and what is left out
"""
