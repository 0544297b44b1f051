// Package reckoning holds the reckonings of the shop.
package reckoning

// Clamp is: keeps a value between two bounds.
func Clamp(value, low, high int64) int64 {
	if value < low {
		return low
	}
	if value > high {
		return high
	}
	return value
}

// Larger is: the larger of two.
func Larger(left, right int64) int64 {
	if left > right {
		return left
	} else {
		return right
	}
}

// Smaller is: the smaller of two.
func Smaller(left, right int64) int64 {
	if left < right {
		return left
	} else {
		return right
	}
}

// Distance is: how far two are apart.
func Distance(left, right int64) int64 {
	if left >= right {
		return left - right
	} else {
		return right - left
	}
}

// Within is: whether a value lies between two bounds.
func Within(value, low, high int64) int64 {
	if value >= low && value <= high {
		return 1
	}
	return 0
}

// Overlap is: whether two spans share a moment.
func Overlap(start, end, from, until int64) int64 {
	if start >= until || from >= end {
		return 0
	}
	return 1
}

// Rounded is: the nearest multiple of a step.
func Rounded(value, step int64) int64 {
	if step <= 0 {
		return value
	}
	return (value + step / 2) / step * step
}

// BoundedSum is: a sum that never passes a bound.
func BoundedSum(left, right, most int64) int64 {
	if left + right > most {
		return most
	}
	return left + right
}

// Sign is: the sign of a value.
func Sign(value int64) int64 {
	if value > 0 {
		return 1
	}
	if value < 0 {
		return 0 - 1
	}
	return 0
}

// Middle is: the one between the others.
func Middle(left, right, third int64) int64 {
	if left > right && left < third {
		return left
	}
	if right > left && right < third {
		return right
	}
	return third
}

// Share is: a part in per cent.
func Share(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return part * 100 / whole
}

// Steps is: how many steps lead from one to the other.
func Steps(from, until, step int64) int64 {
	if step == 0 || until <= from {
		return 0
	}
	return (until - from + step - 1) / step
}

// IsLeap is: whether February has 29 days.
func IsLeap(year int64) int64 {
	if year % 400 == 0 {
		return 1
	}
	if year % 4 == 0 && year % 100 != 0 {
		return 1
	}
	return 0
}

// DaysLeft is: days that are left.
func DaysLeft(today, end int64) int64 {
	if end > today {
		return end - today
	}
	return 0
}

// Grade is: the grade for points.
func Grade(points int64) int64 {
	if points >= 90 {
		return 1
	}
	if points >= 70 {
		return 2
	}
	if points >= 50 {
		return 3
	}
	return 4
}

// Fee is: what a transfer costs.
func Fee(amount int64) int64 {
	if amount > 1000 {
		return amount / 100
	}
	if amount > 100 {
		return 10
	}
	return 5
}

// Discount is: what a faithful customer saves.
func Discount(amount, years int64) int64 {
	if years >= 10 {
		return amount / 5
	}
	if years >= 5 {
		return amount / 10
	}
	return 0
}

// Surcharge is: what a heavy or far parcel costs more.
func Surcharge(distance, weight int64) int64 {
	if distance > 500 && weight > 20 {
		return 40
	}
	if distance > 500 || weight > 20 {
		return 15
	}
	return 0
}

// WeightClass is: the class of a letter.
func WeightClass(grams int64) int64 {
	if grams <= 50 {
		return 0
	}
	if grams <= 500 {
		return 1
	}
	if grams <= 2000 {
		return 2
	}
	return 3
}

// RetryDelay is: how long to wait before the next attempt.
func RetryDelay(attempt, most int64) int64 {
	if attempt <= 0 {
		return 0
	}
	if attempt * attempt > most {
		return most
	}
	return attempt * attempt
}
