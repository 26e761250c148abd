//! Ward's hierarchical clustering of clusters, from pairs to halves of the data.

use crate::MatrixView;
use crate::blocks::exact_distance;

/// The groups into which clusters merge, in the order of merging, without the single clusters and the whole set.
///
/// The two groups that merge next are those whose merging raises the sum of squared distances from the group means least
/// (Ward 1963). `centers` are the means of the clusters and `weights` their numbers of samples. Each group lists its
/// clusters in ascending order; any two groups are disjoint, or one contains the other. The cost is the third power of
/// the number of clusters.
pub(crate) fn merged_groups(centers: MatrixView, weights: &[usize]) -> Vec<Vec<usize>> {
    let count = centers.rows();
    debug_assert_eq!(weights.len(), count, "a weight for each cluster");
    let mut members: Vec<Vec<usize>> = (0..count).map(|cluster| vec![cluster]).collect();
    let mut sizes: Vec<f64> = weights.iter().map(|weight| (*weight).max(1) as f64).collect();
    let mut costs: Vec<Vec<f64>> = (0..count)
        .map(|left| {
            let to = |right: usize| {
                let squared = exact_distance(centers.row(left), centers.row(right)).powi(2);
                sizes[left] * sizes[right] / (sizes[left] + sizes[right]) * squared
            };
            (0..count).map(to).collect()
        })
        .collect();
    let mut alive: Vec<usize> = (0..count).collect();
    let mut groups = Vec::with_capacity(count.saturating_sub(2));
    while alive.len() > 2 {
        let pairs =
            alive.iter().enumerate().flat_map(|(place, left)| alive[..place].iter().map(move |right| (*right, *left)));
        let Some((left, right)) = pairs.min_by(|a, b| costs[a.0][a.1].total_cmp(&costs[b.0][b.1])) else { break };
        let joined = costs[left][right];
        for &other in alive.iter().filter(|other| **other != left && **other != right) {
            // The update of Lance and Williams 1967.
            let all = sizes[left] + sizes[right] + sizes[other];
            let cost = ((sizes[left] + sizes[other]) * costs[left][other]
                + (sizes[right] + sizes[other]) * costs[right][other]
                - sizes[other] * joined)
                / all;
            costs[left][other] = cost;
            costs[other][left] = cost;
        }
        sizes[left] += sizes[right];
        let moved = std::mem::take(&mut members[right]);
        members[left].extend(moved);
        members[left].sort_unstable();
        groups.push(members[left].clone());
        alive.retain(|cluster| *cluster != right);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_that_lie_together_join_first() {
        // Two pairs far apart, and one cluster between them that is nearer to the second.
        let centers = [0.0, 1.0, 100.0, 101.5, 90.0];
        let view = MatrixView::new(&centers, 5, 1).expect("five rows of one value");
        assert_eq!(merged_groups(view, &[10; 5]), [vec![0, 1], vec![2, 3], vec![2, 3, 4]]);
    }

    #[test]
    fn the_cost_of_joining_is_what_the_squares_grow_by() {
        // 30 at 0 and 30 at 3 cost 15 * 9 = 135; 1 at 20 joins the 30 at 3 for 30 / 31 * 289 = 280, and both for more.
        let centers = [0.0, 3.0, 20.0, 29.0];
        let view = MatrixView::new(&centers, 4, 1).expect("four rows of one value");
        // The two single samples cost 81 / 2 only.
        assert_eq!(merged_groups(view, &[30, 30, 1, 1]), [vec![2, 3], vec![0, 1]]);
    }

    #[test]
    fn groups_are_disjoint_or_nested() {
        let centers: Vec<f32> = (0..60_u32).map(|value| (value * 7_919 % 101) as f32).collect();
        let view = MatrixView::new(&centers, 20, 3).expect("20 rows of three values");
        let groups = merged_groups(view, &[3; 20]);
        assert_eq!(groups.len(), 18);
        for (place, group) in groups.iter().enumerate() {
            for earlier in &groups[..place] {
                let shared = earlier.iter().filter(|cluster| group.contains(cluster)).count();
                assert!(shared == 0 || shared == earlier.len(), "{earlier:?} {group:?}");
            }
        }
    }
}
