// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A small value and the epochs from which each of its versions is in effect
/// @notice As EpochHistory, for values of up to 192 bits: start and value share a word, so what is in effect now costs one
/// word to read and a change one to write. Starts are above 0.
library EpochValues {
    /// @dev Words: the value in the lower 192 bits, its start above.
    struct Trace {
        uint256 newest;
        uint256[] older;
    }

    /// @dev A version was to start before the newest one. Can't happen while the clock only moves forward.
    error StartNotRising(uint64 newest, uint64 start);

    /// @notice Sets the value from `start` on: a new version, or in place of the pending one that starts there too.
    function set(Trace storage self, uint64 start, uint192 value) internal {
        uint256 newest = self.newest;
        uint64 newestStart = uint64(newest >> 192);
        if (newestStart > start) revert StartNotRising(newestStart, start);
        if (newest != 0 && newestStart < start) self.older.push(newest);
        self.newest = uint256(start) << 192 | value;
    }

    /// @notice The value in effect at `epoch`; zero before the first start.
    function at(Trace storage self, uint64 epoch) internal view returns (uint192) {
        uint256 newest = self.newest;
        if (newest >> 192 <= epoch) return uint192(newest);
        uint256 low = 0;
        uint256 high = self.older.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (self.older[middle] >> 192 <= epoch) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : uint192(self.older[low - 1]);
    }

    /// @notice The newest value, in effect or pending; zero when there is none.
    function latest(Trace storage self) internal view returns (uint192) {
        return uint192(self.newest);
    }
}
