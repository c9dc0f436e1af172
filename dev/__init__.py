"""What only those who work on the project run.

setup        `make setup`, `make lock`, `make audit`
benchmark    `make benchmark`: this project beside its peers
transcripts  `make transcripts`: what the commands of the docs print
study        draws the pictures of docs/study.md from the figures beside them
ceiling      how good a linear model of these pixels can be
comment      puts a report on its pull request
schemas      what editors complete in params.yaml and search.yaml
animation    docs/playground.webp, the animation of README
"""
