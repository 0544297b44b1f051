// Reckonings of the shop.

// Keeps a value between two bounds.
export function clamp(value: number, low: number, high: number): number {
    if (value < low) {
        return low;
    }
    if (value > high) {
        return high;
    }
    return value;
}

// The larger of two.
export function larger(left: number, right: number): number {
    if (left > right) {
        return left;
    } else {
        return right;
    }
}

// The smaller of two.
export function smaller(left: number, right: number): number {
    if (left < right) {
        return left;
    } else {
        return right;
    }
}

// How far two are apart.
export function distance(left: number, right: number): number {
    if (left >= right) {
        return left - right;
    } else {
        return right - left;
    }
}

// Whether a value lies between two bounds.
export function within(value: number, low: number, high: number): number {
    if (value >= low && value <= high) {
        return 1;
    }
    return 0;
}

// Whether two spans share a moment.
export function overlap(start: number, end: number, from: number, until: number): number {
    if (start >= until || from >= end) {
        return 0;
    }
    return 1;
}

// The nearest multiple of a step.
export function rounded(value: number, step: number): number {
    if (step <= 0) {
        return value;
    }
    return (value + step / 2) / step * step;
}

// A sum that never passes a bound.
export function boundedSum(left: number, right: number, most: number): number {
    if (left + right > most) {
        return most;
    }
    return left + right;
}

// The sign of a value.
export function sign(value: number): number {
    if (value > 0) {
        return 1;
    }
    if (value < 0) {
        return 0 - 1;
    }
    return 0;
}

// The one between the others.
export function middle(left: number, right: number, third: number): number {
    if (left > right && left < third) {
        return left;
    }
    if (right > left && right < third) {
        return right;
    }
    return third;
}

// A part in per cent.
export function share(part: number, whole: number): number {
    if (whole === 0) {
        return 0;
    }
    return part * 100 / whole;
}

// How many steps lead from one to the other.
export function steps(from: number, until: number, step: number): number {
    if (step === 0 || until <= from) {
        return 0;
    }
    return (until - from + step - 1) / step;
}

// Whether February has 29 days.
export function isLeap(year: number): number {
    if (year % 400 === 0) {
        return 1;
    }
    if (year % 4 === 0 && year % 100 !== 0) {
        return 1;
    }
    return 0;
}

// Days that are left.
export function daysLeft(today: number, end: number): number {
    if (end > today) {
        return end - today;
    }
    return 0;
}

// The grade for points.
export function grade(points: number): number {
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
export function fee(amount: number): number {
    if (amount > 1000) {
        return amount / 100;
    }
    if (amount > 100) {
        return 10;
    }
    return 5;
}

// What a faithful customer saves.
export function discount(amount: number, years: number): number {
    if (years >= 10) {
        return amount / 5;
    }
    if (years >= 5) {
        return amount / 10;
    }
    return 0;
}

// What a heavy or far parcel costs more.
export function surcharge(distance: number, weight: number): number {
    if (distance > 500 && weight > 20) {
        return 40;
    }
    if (distance > 500 || weight > 20) {
        return 15;
    }
    return 0;
}

// The class of a letter.
export function weightClass(grams: number): number {
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
export function retryDelay(attempt: number, most: number): number {
    if (attempt <= 0) {
        return 0;
    }
    if (attempt * attempt > most) {
        return most;
    }
    return attempt * attempt;
}
