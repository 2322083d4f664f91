// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {EFFECT_DELAY} from "./Limits.sol";

/// @title The network's clock: epochs counted from a fixed genesis
/// @notice All three numbers are immutable, so every party computes the same epoch from the same block time.
abstract contract EpochClock {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice Unix time in seconds at which epoch 0 begins.
    uint64 public immutable GENESIS;
    /// @notice Length of a slot in seconds.
    uint32 public immutable SLOT_SECONDS;
    /// @notice Number of slots in an epoch.
    uint32 public immutable SLOTS_PER_EPOCH;

    /// @notice A slot or an epoch would have no length.
    error EmptyEpoch();

    constructor(uint64 genesis, uint32 slotSeconds, uint32 slotsPerEpoch) {
        if (slotSeconds == 0 || slotsPerEpoch == 0) revert EmptyEpoch();
        GENESIS = genesis;
        SLOT_SECONDS = slotSeconds;
        SLOTS_PER_EPOCH = slotsPerEpoch;
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

    /// @dev The epoch from which a change made now is in effect.
    function _effectEpoch() internal view returns (uint64) {
        return currentEpoch() + EFFECT_DELAY;
    }

    /// @dev Sets a count from the effect epoch on.
    function _setCount(Checkpoints.Trace208 storage counts, uint256 count) internal {
        counts.push(SafeCast.toUint48(_effectEpoch()), SafeCast.toUint32(count));
    }

    /// @dev The count in effect at `epoch`.
    function _countAt(Checkpoints.Trace208 storage counts, uint64 epoch) internal view returns (uint32) {
        uint48 key = epoch > type(uint48).max ? type(uint48).max : uint48(epoch);
        return uint32(counts.upperLookupRecent(key));
    }

    function _epochSeconds() private view returns (uint256) {
        return uint256(SLOT_SECONDS) * SLOTS_PER_EPOCH;
    }
}
