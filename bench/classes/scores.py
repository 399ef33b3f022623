"""What is said of probabilities of classes."""
import numpy

BINS = 15
LEAST = 1e-12


def accuracy(told, labels):
    return float(numpy.mean([a == b for a, b in zip(told, labels)]))


def macro_f1(told, labels, classes):
    """The mean over the classes of F1; 0 for one that is never told right."""
    told, labels = numpy.array(told), numpy.array(labels)
    each = []
    for label in classes:
        right = ((told == label) & (labels == label)).sum()
        each.append(2 * right / max(1, (told == label).sum() + (labels == label).sum()))
    return float(numpy.mean(each))


def log_loss(probabilities, labels, classes):
    number = {label: k for k, label in enumerate(classes)}
    chosen = probabilities[numpy.arange(len(labels)), [number[label] for label in labels]]
    return float(-numpy.log(numpy.maximum(chosen, LEAST)).mean())


def calibration_error(probabilities, labels, classes):
    """Expected calibration error (Guo et al. 2017): bins of the likeliest class' probability, each with its share."""
    confidence = probabilities.max(1)
    right = numpy.array(classes)[probabilities.argmax(1)] == numpy.array(labels)
    bins = numpy.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for k in range(BINS):
        if (bins == k).any():
            error += (bins == k).mean() * abs(right[bins == k].mean() - confidence[bins == k].mean())
    return float(error)


def of_probabilities(probabilities, labels, classes):
    """Accuracy, macro F1, log loss and calibration error."""
    told = numpy.array(classes)[probabilities.argmax(1)]
    return [
        accuracy(told, labels),
        macro_f1(told, labels, classes),
        log_loss(probabilities, labels, classes),
        calibration_error(probabilities, labels, classes),
    ]
