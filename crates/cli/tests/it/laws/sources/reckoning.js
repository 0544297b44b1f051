// Reckonings of the shop.

// Keeps a value between two bounds.
function clamp(value, low, high) {
    if (value < low) {
        return low;
    }
    if (value > high) {
        return high;
    }
    return value;
}

// The larger of two.
function larger(left, right) {
    if (left > right) {
        return left;
    } else {
        return right;
    }
}

// The smaller of two.
function smaller(left, right) {
    if (left < right) {
        return left;
    } else {
        return right;
    }
}

// How far two are apart.
function distance(left, right) {
    if (left >= right) {
        return left - right;
    } else {
        return right - left;
    }
}

// Whether a value lies between two bounds.
function within(value, low, high) {
    if (value >= low && value <= high) {
        return 1;
    }
    return 0;
}

// Whether two spans share a moment.
function overlap(start, end, from, until) {
    if (start >= until || from >= end) {
        return 0;
    }
    return 1;
}

// The nearest multiple of a step.
function rounded(value, step) {
    if (step <= 0) {
        return value;
    }
    return (value + step / 2) / step * step;
}

// A sum that never passes a bound.
function boundedSum(left, right, most) {
    if (left + right > most) {
        return most;
    }
    return left + right;
}

// The sign of a value.
function sign(value) {
    if (value > 0) {
        return 1;
    }
    if (value < 0) {
        return 0 - 1;
    }
    return 0;
}

// The one between the others.
function middle(left, right, third) {
    if (left > right && left < third) {
        return left;
    }
    if (right > left && right < third) {
        return right;
    }
    return third;
}

// A part in per cent.
function share(part, whole) {
    if (whole === 0) {
        return 0;
    }
    return part * 100 / whole;
}

// How many steps lead from one to the other.
function steps(from, until, step) {
    if (step === 0 || until <= from) {
        return 0;
    }
    return (until - from + step - 1) / step;
}

// Whether February has 29 days.
function isLeap(year) {
    if (year % 400 === 0) {
        return 1;
    }
    if (year % 4 === 0 && year % 100 !== 0) {
        return 1;
    }
    return 0;
}

// Days that are left.
function daysLeft(today, end) {
    if (end > today) {
        return end - today;
    }
    return 0;
}

// The grade for points.
function grade(points) {
    if (points >= 90) {
        return 1;
    }
    if (points >= 70) {
        return 2;
    }
    if (points >= 50) {
        return 3;
    }
    return 4;
}

// What a transfer costs.
function fee(amount) {
    if (amount > 1000) {
        return amount / 100;
    }
    if (amount > 100) {
        return 10;
    }
    return 5;
}

// What a faithful customer saves.
function discount(amount, years) {
    if (years >= 10) {
        return amount / 5;
    }
    if (years >= 5) {
        return amount / 10;
    }
    return 0;
}

// What a heavy or far parcel costs more.
function surcharge(distance, weight) {
    if (distance > 500 && weight > 20) {
        return 40;
    }
    if (distance > 500 || weight > 20) {
        return 15;
    }
    return 0;
}

// The class of a letter.
function weightClass(grams) {
    if (grams <= 50) {
        return 0;
    }
    if (grams <= 500) {
        return 1;
    }
    if (grams <= 2000) {
        return 2;
    }
    return 3;
}

// How long to wait before the next attempt.
function retryDelay(attempt, most) {
    if (attempt <= 0) {
        return 0;
    }
    if (attempt * attempt > most) {
        return most;
    }
    return attempt * attempt;
}

module.exports = { clamp, larger, smaller, distance, within, overlap, rounded, boundedSum, sign, middle, share, steps, isLeap, daysLeft, grade, fee, discount, surcharge, weightClass, retryDelay };
