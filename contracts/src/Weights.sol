// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PPM, WEIGHT_CAP_PPM} from "./Limits.sol";

/// @title What each seat weighs: its stake, capped relative to the capped total (water-filling)
/// @notice No seat weighs more than a fifth of the total, so no stake, however large, decides alone. With five seats or fewer
/// that is only possible (or closest) when all weigh the same: the smallest stake. docs/protocol.md section 14; the same
/// numbers in TypeScript, test/vectors/weights.json.
library Weights {
    /// @notice The most that a seat weighs, and the sum of all weights: a weight is the stake or the cap, whichever is less.
    /// Stakes are below 2^96, so no product here leaves a word.
    function capped(uint256[] memory stakes) internal pure returns (uint256 cap, uint256 total) {
        cap = capOf(stakes);
        for (uint256 i = 0; i < stakes.length; ++i) {
            total += stakes[i] < cap ? stakes[i] : cap;
        }
    }

    /// @notice The most that a seat weighs beside these stakes.
    function capOf(uint256[] memory stakes) internal pure returns (uint256 cap) {
        if (stakes.length * WEIGHT_CAP_PPM <= PPM) return _smallest(stakes);
        // Each turn takes the stakes above the cap as equal to it, which lowers the cap. With m stakes above, it becomes a
        // (5 − m)th of the others' sum, and fewer than 5 − m of the others exceed that: so m stays below 5, and the loop ends.
        uint256 above;
        uint256 before;
        (cap, above) = _turn(stakes, type(uint256).max);
        do {
            before = above;
            (cap, above) = _turn(stakes, cap);
        } while (above != before);
    }

    /// @dev How many stakes lie above `cap`, and the cap that follows from the sum of the rest.
    function _turn(uint256[] memory stakes, uint256 cap) private pure returns (uint256 next, uint256 above) {
        uint256 rest = 0;
        for (uint256 i = 0; i < stakes.length; ++i) {
            if (stakes[i] > cap) ++above;
            else rest += stakes[i];
        }
        next = WEIGHT_CAP_PPM * rest / (PPM - above * WEIGHT_CAP_PPM);
    }

    function _smallest(uint256[] memory stakes) private pure returns (uint256 smallest) {
        if (stakes.length == 0) return 0;
        smallest = stakes[0];
        for (uint256 i = 1; i < stakes.length; ++i) {
            if (stakes[i] < smallest) smallest = stakes[i];
        }
    }
}
