/* Reckonings of the shop. */
#include <stddef.h>

/* Keeps a value between two bounds. */
static long clamp(long value, long low, long high) {
    if (value < low) {
        return low;
    }
    if (value > high) {
        return high;
    }
    return value;
}

/* The larger of two. */
static long larger(long left, long right) {
    if (left > right) {
        return left;
    } else {
        return right;
    }
}

/* The smaller of two. */
static long smaller(long left, long right) {
    if (left < right) {
        return left;
    } else {
        return right;
    }
}

/* How far two are apart. */
static long distance(long left, long right) {
    if (left >= right) {
        return left - right;
    } else {
        return right - left;
    }
}

/* Whether a value lies between two bounds. */
static long within(long value, long low, long high) {
    if (value >= low && value <= high) {
        return 1;
    }
    return 0;
}

/* Whether two spans share a moment. */
static long overlap(long start, long end, long from, long until) {
    if (start >= until || from >= end) {
        return 0;
    }
    return 1;
}

/* The nearest multiple of a step. */
static long rounded(long value, long step) {
    if (step <= 0) {
        return value;
    }
    return (value + step / 2) / step * step;
}

/* A sum that never passes a bound. */
static long bounded_sum(long left, long right, long most) {
    if (left + right > most) {
        return most;
    }
    return left + right;
}

/* The sign of a value. */
static long sign(long value) {
    if (value > 0) {
        return 1;
    }
    if (value < 0) {
        return 0 - 1;
    }
    return 0;
}

/* The one between the others. */
static long middle(long left, long right, long third) {
    if (left > right && left < third) {
        return left;
    }
    if (right > left && right < third) {
        return right;
    }
    return third;
}

/* A part in per cent. */
static long share(long part, long whole) {
    if (whole == 0) {
        return 0;
    }
    return part * 100 / whole;
}

/* How many steps lead from one to the other. */
static long steps(long from, long until, long step) {
    if (step == 0 || until <= from) {
        return 0;
    }
    return (until - from + step - 1) / step;
}

/* Whether February has 29 days. */
static long is_leap(long year) {
    if (year % 400 == 0) {
        return 1;
    }
    if (year % 4 == 0 && year % 100 != 0) {
        return 1;
    }
    return 0;
}

/* Days that are left. */
static long days_left(long today, long end) {
    if (end > today) {
        return end - today;
    }
    return 0;
}

/* The grade for points. */
static long grade(long points) {
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

/* What a transfer costs. */
static long fee(long amount) {
    if (amount > 1000) {
        return amount / 100;
    }
    if (amount > 100) {
        return 10;
    }
    return 5;
}

/* What a faithful customer saves. */
static long discount(long amount, long years) {
    if (years >= 10) {
        return amount / 5;
    }
    if (years >= 5) {
        return amount / 10;
    }
    return 0;
}

/* What a heavy or far parcel costs more. */
static long surcharge(long distance, long weight) {
    if (distance > 500 && weight > 20) {
        return 40;
    }
    if (distance > 500 || weight > 20) {
        return 15;
    }
    return 0;
}

/* The class of a letter. */
static long weight_class(long grams) {
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

/* How long to wait before the next attempt. */
static long retry_delay(long attempt, long most) {
    if (attempt <= 0) {
        return 0;
    }
    if (attempt * attempt > most) {
        return most;
    }
    return attempt * attempt;
}
