// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The epochs from which the versions of something are in effect
/// @notice Strictly rising, four to a storage word. The versions themselves lie in a mapping beside it, under the index that
/// these functions return. A second change in one epoch replaces the pending version, so nothing that is already in effect
/// can ever change.
library EpochHistory {
    struct Trace {
        uint64[] starts;
    }

    /// @dev A version was to start before the newest one. Can't happen while the clock only moves forward.
    error StartNotRising(uint64 newest, uint64 start);

    /// @notice Opens a version that starts at `start`, and returns its index: a new one, or that of the pending version.
    function push(Trace storage self, uint64 start) internal returns (uint256 index) {
        uint256 length = self.starts.length;
        if (length > 0) {
            uint64 newest = self.starts[length - 1];
            if (newest == start) return length - 1;
            if (newest > start) revert StartNotRising(newest, start);
        }
        self.starts.push(start);
        return length;
    }

    /// @notice The index of the version in effect at `epoch`; none before the first start.
    function find(Trace storage self, uint64 epoch) internal view returns (bool found, uint256 index) {
        uint256 low = 0;
        uint256 high = self.starts.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (self.starts[middle] <= epoch) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? (false, 0) : (true, low - 1);
    }

    /// @notice The index of the newest version, in effect or pending.
    function newestIndex(Trace storage self) internal view returns (uint256) {
        return self.starts.length - 1;
    }

    function isEmpty(Trace storage self) internal view returns (bool) {
        return self.starts.length == 0;
    }

    function startOf(Trace storage self, uint256 index) internal view returns (uint64) {
        return self.starts[index];
    }
}
