//! Fixtures, clocks, two-database tests, snapshot filters.
