"""The trainers that are measured, each called in the same way.

chapter              the chapter's own loop in Gluon
logistic_regression  scikit-learn's LogisticRegression by lbfgs, 100 iterations
numpy_loop           NumPy: the gradient by hand, every large array allocated once.
ours                 This project: `fit`, as stage train calls it.
"""
