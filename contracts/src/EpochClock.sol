// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {EFFECT_DELAY} from "./Limits.sol";

/// @title The network's clock: epochs counted from a fixed genesis
/// @notice All four numbers are immutable, so every party computes the same epoch from the same block time.
abstract contract EpochClock {
    /// @notice Unix time in seconds at which epoch 0 begins.
    uint64 public immutable GENESIS;
    /// @notice Length of a slot in seconds.
    uint32 public immutable SLOT_SECONDS;
    /// @notice Number of slots in an epoch.
    uint32 public immutable SLOTS_PER_EPOCH;
    /// @notice How long after an epoch's end its reports are accepted, in seconds. Consensus roots come after that.
    uint32 public immutable REPORT_SECONDS;

    /// @notice A slot, an epoch or the time to report would have no length.
    error EmptyEpoch();

    constructor(uint64 genesis, uint32 slotSeconds, uint32 slotsPerEpoch, uint32 reportSeconds) {
        if (slotSeconds == 0 || slotsPerEpoch == 0 || reportSeconds == 0) revert EmptyEpoch();
        GENESIS = genesis;
        SLOT_SECONDS = slotSeconds;
        SLOTS_PER_EPOCH = slotsPerEpoch;
        REPORT_SECONDS = reportSeconds;
    }

    /// @notice The epoch of this block. Before genesis it is 0, so what is registered then takes effect at epoch 2.
    function currentEpoch() public view returns (uint64) {
        if (block.timestamp < GENESIS) return 0;
        return SafeCast.toUint64((block.timestamp - GENESIS) / _epochSeconds());
    }

    /// @notice Unix time in seconds at which `epoch` begins.
    function epochStart(uint64 epoch) public view returns (uint256) {
        return GENESIS + uint256(epoch) * _epochSeconds();
    }

    /// @dev Unix time in seconds at which `epoch` is over, for every epoch that a caller may name.
    function _epochEnd(uint64 epoch) internal view returns (uint256) {
        return epochStart(epoch) + _epochSeconds();
    }

    /// @dev Until when, exclusively, reports about `epoch` are accepted; from then on its consensus root is.
    function _reportDeadline(uint64 epoch) internal view returns (uint256) {
        return _epochEnd(epoch) + REPORT_SECONDS;
    }

    /// @dev The epoch from which a change made now is in effect.
    function _effectEpoch() internal view returns (uint64) {
        return currentEpoch() + EFFECT_DELAY;
    }

    function _epochSeconds() private view returns (uint256) {
        return uint256(SLOT_SECONDS) * SLOTS_PER_EPOCH;
    }
}
