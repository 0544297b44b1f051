//! Proves that the pushed text is a rendering of the result, and finds the cheapest choice of spellings that gives it.
//!
//! Both texts are walked together: at each site either spelling may follow, and the walk keeps every position of the
//! pushed text that some choice can reach, with its cheapest path. Sites inside sites are walked once per position.
//!
//! REFUSES: nesting deeper than [`DEPTH`], and more than [`WORK`] steps; both end as "no path", never as a guess.

#![expect(
    clippy::indexing_slicing,
    reason = "`Nesting` checked all ranges of the table; path nodes are indices handed out by the arena they index"
)]

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use ringfence_mark::model::{Piece, Site, SiteId, Variant};

use super::layout::{Nesting, site_range};
use super::spelling::Pin;

/// Deepest nesting of sites that is walked.
pub(super) const DEPTH: usize = 128;
/// Most steps of the walk: bytes compared and positions kept.
const WORK: usize = 1 << 28;
/// Most positions kept at one point of the result.
const POSITIONS: usize = 64;

/// Why no choice of spellings gives the pushed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPath {
    /// The texts part here: furthest position of the pushed text that any choice reaches.
    Parts { pushed: usize },
    /// Two places with the same id need different spellings: a position of each in the result.
    Disagree { id: SiteId, first: usize, second: usize },
    /// Beyond the limits.
    TooDeep,
}

/// Walks a result and a pushed text together.
struct Walk<'w> {
    nesting: &'w Nesting<'w>,
    pushed: &'w [u8],
    default: &'w dyn Fn(&SiteId) -> Variant,
    forced: &'w BTreeMap<SiteId, Pin>,
    nodes: Vec<Node>,
    memo: HashMap<(usize, usize), Rc<[Reach]>>,
    furthest: usize,
    work: usize,
}

#[derive(Clone, Copy)]
enum Node {
    Chose {
        before: usize,
        site: usize,
        variant: Variant,
    },
    Join {
        before: usize,
        inner: usize,
    },
}

/// A path: index of its last node plus one; 0 is the empty path.
type Path = usize;

#[derive(Clone, Copy)]
struct Reach {
    pushed: usize,
    cost: usize,
    path: Path,
}

struct Exhausted;

type Reached = Result<Vec<Reach>, Exhausted>;

/// How often places of one id that need different spellings are settled by walking again.
const DISPUTES: usize = 8;

/// Cheapest spellings, by site id, with which the result renders to the pushed text.
///
/// Places of one id that need different variants are all left as the owner's text has them, where that gives the pushed text.
pub(super) fn spellings(
    nesting: &Nesting<'_>,
    pushed: &[u8],
    default: &dyn Fn(&SiteId) -> Variant,
) -> Result<BTreeMap<SiteId, Pin>, NoPath> {
    let mut forced = BTreeMap::new();
    let choices = cheapest(nesting, pushed, default, &forced)?;
    let mut disputed = match by_id(nesting, &choices, &forced) {
        Ok(spellings) => return Ok(spellings),
        Err(dispute) => dispute,
    };
    for _ in 0..DISPUTES {
        let mut next = None;
        for pin in [Pin::Is(Variant::Zero), Pin::Is(Variant::One), Pin::AsOwned] {
            forced.insert(disputed.id, pin);
            let Ok(choices) = cheapest(nesting, pushed, default, &forced) else {
                continue;
            };
            match by_id(nesting, &choices, &forced) {
                Ok(spellings) => return Ok(spellings),
                Err(dispute) => {
                    next = Some((pin, dispute));
                    break;
                }
            }
        }
        let Some((pin, dispute)) = next else { break };
        forced.insert(disputed.id, pin);
        disputed = dispute;
    }
    Err(NoPath::Disagree {
        id: disputed.id,
        first: disputed.first,
        second: disputed.second,
    })
}

struct Dispute {
    id: SiteId,
    first: usize,
    second: usize,
}

fn by_id(
    nesting: &Nesting<'_>,
    choices: &[(usize, Variant)],
    forced: &BTreeMap<SiteId, Pin>,
) -> Result<BTreeMap<SiteId, Pin>, Dispute> {
    let mut as_owned: BTreeMap<SiteId, bool> = BTreeMap::new();
    for (index, variant) in choices {
        let site = &nesting.sites[*index];
        *as_owned.entry(site.id).or_insert(true) &= site.canonical == *variant;
    }
    let mut spellings: BTreeMap<SiteId, (Pin, usize)> = BTreeMap::new();
    for (index, variant) in choices {
        let site = &nesting.sites[*index];
        let start = site.start as usize;
        let pin = forced.get(&site.id).copied().unwrap_or(Pin::Is(*variant));
        let (known, first) = *spellings.entry(site.id).or_insert((pin, start));
        if known != pin && as_owned.get(&site.id) == Some(&true) {
            spellings.insert(site.id, (Pin::AsOwned, first));
        } else if known != pin {
            return Err(Dispute {
                id: site.id,
                first,
                second: start,
            });
        }
    }
    Ok(spellings.into_iter().map(|(id, (pin, _))| (id, pin)).collect())
}

fn cheapest(
    nesting: &Nesting<'_>,
    pushed: &[u8],
    default: &dyn Fn(&SiteId) -> Variant,
    forced: &BTreeMap<SiteId, Pin>,
) -> Result<Vec<(usize, Variant)>, NoPath> {
    if nesting.depth > DEPTH {
        return Err(NoPath::TooDeep);
    }
    let mut walk = Walk {
        nesting,
        pushed,
        default,
        forced,
        nodes: Vec::new(),
        memo: HashMap::new(),
        furthest: 0,
        work: 0,
    };
    let start = vec![Reach {
        pushed: 0,
        cost: 0,
        path: 0,
    }];
    let reached = walk
        .range(None, 0..nesting.text.len(), start)
        .map_err(|Exhausted| NoPath::TooDeep)?;
    match reached.iter().find(|reach| reach.pushed == pushed.len()) {
        Some(reach) => Ok(walk.choices(reach.path)),
        None => Err(NoPath::Parts {
            pushed: walk.furthest,
        }),
    }
}

impl Walk<'_> {
    fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        self.work = self.work.saturating_add(steps);
        if self.work > WORK { Err(Exhausted) } else { Ok(()) }
    }

    fn literal(&mut self, text: &[u8], states: Vec<Reach>) -> Reached {
        let mut kept = Vec::with_capacity(states.len());
        for mut state in states {
            let rest = &self.pushed[state.pushed..];
            let equal = rest.iter().zip(text).take_while(|(a, b)| a == b).count();
            self.spend(equal + 1)?;
            self.furthest = self.furthest.max(state.pushed + equal);
            if equal == text.len() {
                state.pushed += equal;
                kept.push(state);
            }
        }
        Ok(kept)
    }

    /// A range of the result with the sites directly inside it.
    fn range(&mut self, parent: Option<usize>, range: Range<usize>, mut states: Vec<Reach>) -> Reached {
        let nesting = self.nesting;
        let mut at = range.start;
        for child in nesting.inside(parent, &range) {
            let site = site_range(&nesting.sites[*child]);
            states = self.literal(&nesting.text[at..site.start], states)?;
            if states.is_empty() {
                return Ok(states);
            }
            states = self.site(*child, states)?;
            at = site.end;
        }
        self.literal(&nesting.text[at..range.end], states)
    }

    fn site(&mut self, index: usize, states: Vec<Reach>) -> Reached {
        let mut merged: BTreeMap<usize, Reach> = BTreeMap::new();
        for state in states {
            for reach in self.spellings(index, state.pushed)?.iter() {
                let cost = state.cost + reach.cost;
                if merged.get(&reach.pushed).is_some_and(|known| known.cost <= cost) {
                    continue;
                }
                let path = self.node(Node::Join {
                    before: state.path,
                    inner: reach.path,
                });
                let pushed = reach.pushed;
                merged.insert(pushed, Reach { pushed, cost, path });
            }
        }
        self.spend(merged.len())?;
        let mut states: Vec<Reach> = merged.into_values().collect();
        if states.len() > POSITIONS {
            states.sort_by_key(|state| (state.cost, state.pushed));
            states.truncate(POSITIONS);
            states.sort_by_key(|state| state.pushed);
        }
        Ok(states)
    }

    /// Where either spelling of a site ends when it begins at a position of the pushed text.
    fn spellings(&mut self, index: usize, pushed: usize) -> Result<Rc<[Reach]>, Exhausted> {
        if let Some(known) = self.memo.get(&(index, pushed)) {
            return Ok(Rc::clone(known));
        }
        let nesting = self.nesting;
        let site = &nesting.sites[index];
        let mut best: BTreeMap<usize, Reach> = BTreeMap::new();
        for variant in [Variant::Zero, Variant::One] {
            if self
                .forced
                .get(&site.id)
                .is_some_and(|forced| forced.variant(site) != variant)
            {
                continue;
            }
            let path = self.node(Node::Chose {
                before: 0,
                site: index,
                variant,
            });
            let cost = usize::from((self.default)(&site.id) != variant);
            let start = vec![Reach { pushed, cost, path }];
            for reach in self.spelling(index, site, variant, start)? {
                if best
                    .get(&reach.pushed)
                    .is_none_or(|known| reach.cost < known.cost)
                {
                    best.insert(reach.pushed, reach);
                }
            }
        }
        let reached: Rc<[Reach]> = best.into_values().collect();
        self.memo.insert((index, pushed), Rc::clone(&reached));
        Ok(reached)
    }

    fn spelling(&mut self, index: usize, site: &Site, variant: Variant, mut states: Vec<Reach>) -> Reached {
        if variant == site.canonical {
            return self.range(Some(index), site_range(site), states);
        }
        for piece in &site.alternative {
            states = match piece {
                Piece::Text(text) => self.literal(text, states)?,
                Piece::Source { start, end } => {
                    self.range(Some(index), *start as usize..*end as usize, states)?
                }
            };
            if states.is_empty() {
                break;
            }
        }
        Ok(states)
    }

    fn node(&mut self, node: Node) -> Path {
        self.nodes.push(node);
        self.nodes.len()
    }

    fn choices(&self, path: Path) -> Vec<(usize, Variant)> {
        let mut choices = Vec::new();
        let mut stack = vec![path];
        while let Some(path) = stack.pop() {
            let Some(node) = path.checked_sub(1).map(|index| self.nodes[index]) else {
                continue;
            };
            match node {
                Node::Chose {
                    before,
                    site,
                    variant,
                } => {
                    choices.push((site, variant));
                    stack.push(before);
                }
                Node::Join { before, inner } => stack.extend([before, inner]),
            }
        }
        choices.sort_unstable();
        choices
    }
}
