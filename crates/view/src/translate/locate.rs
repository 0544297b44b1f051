//! Where a part of the delivered text stands in the pushed text, when it and its neighbours survive side by side.

#![expect(
    clippy::indexing_slicing,
    reason = "parts and tokens are numbered by the layout and the token lists they index"
)]

use std::ops::Range;

use ringfence_mark::model::Family;

use super::carry::{Edit, Lost};
use super::layout::Place;
use super::tokens::Tokens;

/// The place of one changed spelling in the pushed text, when it and its neighbours survive adjacent.
pub(super) fn locate(edit: &Edit<'_>, out: &Range<usize>, text: &[u8]) -> Option<Range<usize>> {
    let (old, new) = (&edit.delivered, &edit.pushed);
    let tokens = old.overlapping(out);
    let spaces = text.iter().all(u8::is_ascii_whitespace) && tokens.clone().all(|token| old.is_space(token));
    if tokens.is_empty() {
        return insertion(edit, tokens.start, spaces).map(|at| at..at);
    }
    let range = contiguous(edit, &tokens)?;
    let last = tokens.end - 1;
    let whole = if spaces {
        same_before(edit, tokens.start, range.start) && same_after(edit, last, range.end - 1)
    } else {
        near_before(edit, tokens.start, range.start) && near_after(edit, last, range.end - 1)
    };
    whole.then(|| {
        let lead = out.start - old.range(tokens.start).start;
        let tail = old.range(last).end - out.end;
        new.range(range.start).start + lead..new.range(range.end - 1).end - tail
    })
}

/// Images of consecutive tokens, when all survive side by side.
fn contiguous(edit: &Edit<'_>, tokens: &Range<usize>) -> Option<Range<usize>> {
    let first = edit.alignment.forward(tokens.start)?;
    let all = tokens
        .clone()
        .zip(first..)
        .all(|(token, image)| edit.alignment.forward(token) == Some(image));
    all.then(|| first..first + tokens.len())
}

fn same_before(edit: &Edit<'_>, token: usize, image: usize) -> bool {
    match (token.checked_sub(1), image.checked_sub(1)) {
        (None, None) => true,
        (Some(left), Some(found)) => edit.alignment.forward(left) == Some(found),
        _ => false,
    }
}

fn same_after(edit: &Edit<'_>, token: usize, image: usize) -> bool {
    match (
        token + 1 < edit.delivered.count(),
        image + 1 < edit.pushed.count(),
    ) {
        (false, false) => true,
        (true, true) => edit.alignment.forward(token + 1) == Some(image + 1),
        _ => false,
    }
}

/// The nearest token on one side inside the line; `None`: the line begins or ends there.
fn before_in_line(tokens: &Tokens<'_>, token: usize) -> Option<usize> {
    let near = (0..token).rev().find(|near| !tokens.is_blank(*near))?;
    (!tokens.is_line_end(near)).then_some(near)
}

fn after_in_line(tokens: &Tokens<'_>, token: usize) -> Option<usize> {
    let near = (token..tokens.count()).find(|near| !tokens.is_blank(*near))?;
    (!tokens.is_line_end(near)).then_some(near)
}

/// The nearest token that prints, in this line or another.
fn printing_before(tokens: &Tokens<'_>, token: usize) -> Option<usize> {
    (0..token).rev().find(|near| !tokens.is_space(*near))
}

fn printing_after(tokens: &Tokens<'_>, token: usize) -> Option<usize> {
    (token..tokens.count()).find(|near| !tokens.is_space(*near))
}

/// A neighbour in each text; none where the line begins or ends there.
#[derive(Clone, Copy)]
struct Pair {
    old: Option<usize>,
    new: Option<usize>,
}

fn agree(edit: &Edit<'_>, pair: Pair) -> bool {
    match (pair.old, pair.new) {
        (None, None) => true,
        (Some(old), Some(new)) => edit.alignment.forward(old) == Some(new),
        _ => false,
    }
}

/// Whether the neighbours are the same; where only one of the two lines begins or ends here, the lines were laid out anew and
/// what prints next counts, wherever it stands.
fn agree_across(edit: &Edit<'_>, in_line: Pair, printing: impl FnOnce() -> Pair) -> bool {
    if in_line.old.is_some() == in_line.new.is_some() {
        return agree(edit, in_line);
    }
    let pair = printing();
    pair.old.is_some() && agree(edit, pair)
}

fn near_before(edit: &Edit<'_>, token: usize, image: usize) -> bool {
    let in_line = Pair {
        old: before_in_line(&edit.delivered, token),
        new: before_in_line(&edit.pushed, image),
    };
    agree_across(edit, in_line, || Pair {
        old: printing_before(&edit.delivered, token),
        new: printing_before(&edit.pushed, image),
    })
}

fn near_after(edit: &Edit<'_>, token: usize, image: usize) -> bool {
    let in_line = Pair {
        old: after_in_line(&edit.delivered, token + 1),
        new: after_in_line(&edit.pushed, image + 1),
    };
    agree_across(edit, in_line, || Pair {
        old: printing_after(&edit.delivered, token + 1),
        new: printing_after(&edit.pushed, image + 1),
    })
}

/// Where text that the delivered spelling lacks goes: before the token `next`.
fn insertion(edit: &Edit<'_>, next: usize, spaces: bool) -> Option<usize> {
    let (old, new) = (&edit.delivered, &edit.pushed);
    let start = |image: usize| {
        if image < new.count() {
            new.range(image).start
        } else {
            new.text.len()
        }
    };
    if !spaces {
        let (left, right) = (before_in_line(old, next), after_in_line(old, next));
        let (left_image, right_image) = match (left, right) {
            (Some(left), _) => {
                let image = edit.alignment.forward(left)?;
                (Some(image), after_in_line(new, image + 1))
            }
            (None, Some(right)) => {
                let image = edit.alignment.forward(right)?;
                (before_in_line(new, image), Some(image))
            }
            (None, None) => (None, None),
        };
        let before = Pair {
            old: left,
            new: left_image,
        };
        let after = Pair {
            old: right,
            new: right_image,
        };
        let left_agrees = agree_across(edit, before, || Pair {
            old: printing_before(old, next),
            new: right_image.and_then(|image| printing_before(new, image)),
        });
        // What is lacking at the end of a line ends a comment: there the line counts.
        let right_agrees = match (right, left_image) {
            (Some(_), Some(image)) => agree_across(edit, after, || Pair {
                old: right,
                new: printing_after(new, image + 1),
            }),
            _ => agree(edit, after),
        };
        if !left_agrees || !right_agrees {
            return None;
        }
        if let Some(image) = left_image.filter(|_| next.checked_sub(1) == left) {
            return Some(new.range(image).end);
        }
        if let Some(right) = right.filter(|right| *right == next) {
            return edit.alignment.forward(right).map(|image| new.range(image).start);
        }
    }
    match next.checked_sub(1) {
        Some(left) => {
            let image = edit.alignment.forward(left)?;
            same_after(edit, left, image).then(|| start(image + 1))
        }
        None => same_before(edit, next, edit.alignment.forward(next)?).then_some(0),
    }
}

/// Images of a swapped pair of functions, known by name. Outer `None`: its parts are not two functions of their own name.
pub(super) fn by_name(edit: &Edit<'_>, place: &Place) -> Option<Option<Vec<Range<usize>>>> {
    let [first, joint, second] = place.parts.as_slice() else {
        return None;
    };
    let functions = edit.functions.as_ref().filter(|_| joint.source.is_some())?;
    let (first, second) = (functions.place(&first.out)?, functions.place(&second.out)?);
    let pair = first
        .zip(second)
        .filter(|(first, second)| first.end <= second.start);
    let found = pair.and_then(|(first, second)| {
        let joint = first.end..second.start;
        let bare = edit
            .pushed
            .text
            .get(joint.clone())?
            .iter()
            .all(u8::is_ascii_whitespace);
        bare.then(|| vec![first, joint, second])
    });
    Some(found)
}

/// Images of the parts of a permuted place: they tile a range of the pushed text.
pub(super) fn locate_parts(edit: &Edit<'_>, place: &Place, outer: bool) -> Option<Vec<Range<usize>>> {
    let (old, new) = (&edit.delivered, &edit.pushed);
    let mut images: Vec<Option<Range<usize>>> = Vec::with_capacity(place.parts.len());
    for part in &place.parts {
        let tokens = old.overlapping(&part.out);
        let bare = tokens.clone().all(|token| old.is_space(token));
        if part.out.is_empty() || bare {
            images.push(None);
            continue;
        }
        let image = if part.source.is_none() {
            contiguous(edit, &tokens)?
        } else {
            let alive = tokens
                .clone()
                .filter(|token| edit.alignment.forward(*token).is_some())
                .count();
            if alive * 2 < tokens.len() {
                return None;
            }
            edit.alignment.forward(tokens.start)?..edit.alignment.forward(tokens.end - 1)? + 1
        };
        let lead = part.out.start - old.range(tokens.start).start;
        let tail = old.range(tokens.end - 1).end - part.out.end;
        images.push(Some(
            new.range(image.start).start + lead..new.range(image.end - 1).end - tail,
        ));
    }
    let first = images.iter().flatten().next()?.start;
    let mut at = first;
    let mut ranges = Vec::with_capacity(images.len());
    for (number, part) in place.parts.iter().enumerate() {
        let range = match &images[number] {
            Some(range) => range.clone(),
            None if part.out.is_empty() => at..at,
            None => {
                let next = images[number..]
                    .iter()
                    .flatten()
                    .next()
                    .map_or(at, |range| range.start);
                let next_is_here = images[number + 1..].first().is_none_or(Option::is_some);
                at..if next_is_here { next } else { at }
            }
        };
        let spaces =
            images[number].is_some() || new.text.get(range.clone())?.iter().all(u8::is_ascii_whitespace);
        if range.start != at || range.end < at || !spaces {
            return None;
        }
        at = range.end;
        ranges.push(range);
    }
    if outer {
        let (start, end) = (old.overlapping(&place.out), new.overlapping(&(first..at)));
        if start.is_empty()
            || end.is_empty()
            || !near_before(edit, start.start, end.start)
            || !near_after(edit, start.end - 1, end.end - 1)
        {
            return None;
        }
    }
    Some(ranges)
}

pub(super) fn what_is_left(edit: &Edit<'_>, place: &Place, family: Family) -> Lost {
    let tokens = edit.delivered.overlapping(&place.out);
    let alive = |token: usize| edit.alignment.forward(token).is_some();
    let bare = tokens.clone().all(|token| edit.delivered.is_space(token));
    let left = if bare {
        let near = tokens.start.checked_sub(1).is_some_and(alive) || alive(tokens.end);
        near || tokens.clone().any(alive)
    } else {
        tokens
            .clone()
            .any(|token| !edit.delivered.is_space(token) && alive(token))
    };
    // The period belongs to the whole comment: with another last word it is touched, and gone only with the comment.
    let comment_stays =
        family == Family::CommentPeriod && before_in_line(&edit.delivered, tokens.start).is_some_and(alive);
    if left || comment_stays || edit.alignment.is_coarse {
        Lost::Touched
    } else {
        Lost::Gone
    }
}
