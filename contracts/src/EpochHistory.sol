// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The epochs from which the versions of something are in effect
/// @notice Strictly rising. The versions themselves lie in a mapping beside it, under the index that these functions return. A
/// second change in one epoch replaces the pending version, so nothing that is already in effect can ever change.
library EpochHistory {
    /// @dev The newest start lies beside the count, so that what is in effect now costs one word to find.
    struct Trace {
        uint64 newest;
        uint64 count;
        /// The starts before the newest one, four to a word.
        uint64[] older;
    }

    /// @dev A version was to start before the newest one. Can't happen while the clock only moves forward.
    error StartNotRising(uint64 newest, uint64 start);

    /// @notice Opens a version that starts at `start`, and returns its index: a new one, or that of the pending version.
    function push(Trace storage self, uint64 start) internal returns (uint256 index) {
        (uint64 newest, uint64 count) = (self.newest, self.count);
        if (count > 0) {
            if (newest == start) return count - 1;
            if (newest > start) revert StartNotRising(newest, start);
            self.older.push(newest);
        }
        (self.newest, self.count) = (start, count + 1);
        return count;
    }

    /// @notice The index of the version in effect at `epoch`; none before the first start.
    function find(Trace storage self, uint64 epoch) internal view returns (bool found, uint256 index) {
        (uint64 newest, uint64 count) = (self.newest, self.count);
        if (count == 0) return (false, 0);
        uint256 high = count - 1;
        if (epoch >= newest) return (true, high);
        uint256 low = 0;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (self.older[middle] <= epoch) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? (false, 0) : (true, low - 1);
    }

    /// @notice The index of the newest version, in effect or pending.
    function newestIndex(Trace storage self) internal view returns (uint256) {
        return self.count - 1;
    }

    function startOf(Trace storage self, uint256 index) internal view returns (uint64) {
        return index + 1 == self.count ? self.newest : self.older[index];
    }
}
