// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

uint256 constant PPM = 1_000_000;

/// @title Slashes wait: first announced, then, after a delay, taken
/// @notice Bookkeeping of queued slashes, of what each account holds, and of how much is taken in one epoch. Money moves in
/// StakeManager only.
abstract contract SlashQueue {
    /// @notice A queued slash. Either `ppm` millionths of what the account holds when it is executed (a proven fault), or a fixed
    /// `amount` or what is left of it (a penalty; `ppm` is 0).
    struct Slash {
        address owner;
        uint32 ppm;
        uint64 executableAt;
        bytes32 id;
        uint128 amount;
        bool executed;
        /// Who proved the fault; zero for a penalty.
        address reporter;
        bytes32 faultKey;
    }

    /// @dev What an account holds, and what holds it.
    struct Holding {
        uint128 bonded;
        uint128 unbonding;
        uint64 availableAt;
        uint32 pendingSlashes;
        /// The newest root by which the account was penalised.
        uint64 penaltyEpoch;
        uint256 penalised;
    }

    /// @dev The epoch of the last execution: its cap, what was taken in it, and whether one slash went beyond the cap already.
    struct EpochCap {
        uint64 epoch;
        bool begun;
        bool exceeded;
        uint256 cap;
        uint256 taken;
    }

    /// @notice How long a slash waits in the queue, in seconds.
    uint64 public immutable SLASH_DELAY_SECONDS;
    /// @notice Of all bonded stake, how many millionths the slashes of one epoch may take (see executeSlash).
    uint32 public immutable SLASH_CAP_PPM;
    /// @notice Of what an account holds, how many millionths the penalties of one root may take.
    uint32 public immutable PENALTY_CAP_PPM;

    uint256 public totalBonded;
    uint256 public totalUnbonding;

    mapping(address owner => mapping(bytes32 id => Holding)) internal _holdings;
    Slash[] private _slashes;
    EpochCap private _epochCap;

    event SlashQueued(
        uint256 indexed slashId,
        address indexed owner,
        bytes32 indexed id,
        uint32 ppm,
        uint256 amount,
        address reporter,
        bytes32 faultKey,
        uint64 executableAt
    );

    error ShareAboveOne(uint32 ppm);
    error UnknownSlash(uint256 slashId);
    error SlashDone(uint256 slashId);
    error SlashNotDue(uint256 slashId, uint64 executableAt);
    /// @notice The cap of this epoch is used, and one slash went beyond it already: the next epoch takes this one.
    error EpochCapReached(uint64 epoch);
    /// @notice The account was penalised by this root, or by a newer one, already.
    error PenaltyStale(uint64 epoch, uint64 newest);
    /// @notice Nothing beyond what was settled before, or nothing to take it from.
    error NothingDue(uint256 cumulative, uint256 settled);

    constructor(uint64 slashDelaySeconds, uint32 slashCapPpm, uint32 penaltyCapPpm) {
        if (slashCapPpm > PPM) revert ShareAboveOne(slashCapPpm);
        if (penaltyCapPpm > PPM) revert ShareAboveOne(penaltyCapPpm);
        SLASH_DELAY_SECONDS = slashDelaySeconds;
        SLASH_CAP_PPM = slashCapPpm;
        PENALTY_CAP_PPM = penaltyCapPpm;
    }

    /// @notice How many slashes were ever queued; ids count from 0.
    function slashCount() external view returns (uint256) {
        return _slashes.length;
    }

    function slashOf(uint256 slashId) external view returns (Slash memory) {
        if (slashId >= _slashes.length) revert UnknownSlash(slashId);
        return _slashes[slashId];
    }

    /// @notice By how much the account was penalised so far (queued or executed), and by which root last.
    function penaltyOf(address owner, bytes32 id) external view returns (uint256 penalised, uint64 epoch) {
        Holding storage holding = _holdings[owner][id];
        return (holding.penalised, holding.penaltyEpoch);
    }

    /// @dev Books the penalty that a root adds to the ones before it, at most PENALTY_CAP_PPM of what the account holds. What is
    /// above is booked by later roots, never by the same one again; so the order of calls gains nobody anything.
    function _settlePenalty(uint64 epoch, address owner, bytes32 id, uint256 cumulative)
        internal
        returns (uint256 amount)
    {
        Holding storage holding = _holdings[owner][id];
        uint64 newest = holding.penaltyEpoch;
        if (epoch <= newest) revert PenaltyStale(epoch, newest);
        uint256 settled = holding.penalised;
        if (cumulative <= settled) revert NothingDue(cumulative, settled);
        uint256 held = uint256(holding.bonded) + holding.unbonding;
        amount = Math.min(cumulative - settled, Math.mulDiv(held, PENALTY_CAP_PPM, PPM));
        if (amount == 0) revert NothingDue(cumulative, settled);
        holding.penaltyEpoch = epoch;
        holding.penalised = settled + amount;
    }

    function _enqueue(address owner, bytes32 id, uint32 ppm, uint256 amount, address reporter, bytes32 faultKey)
        internal
        returns (uint256 slashId)
    {
        uint64 executableAt = SafeCast.toUint64(block.timestamp + SLASH_DELAY_SECONDS);
        slashId = _slashes.length;
        Slash storage slash = _slashes.push();
        (slash.owner, slash.ppm, slash.executableAt, slash.id) = (owner, ppm, executableAt, id);
        (slash.amount, slash.reporter, slash.faultKey) = (SafeCast.toUint128(amount), reporter, faultKey);
        _holdings[owner][id].pendingSlashes += 1;
        emit SlashQueued(slashId, owner, id, ppm, amount, reporter, faultKey, executableAt);
    }

    /// @dev Takes a slash off its account and returns how much that is. Bonded stake goes first: it is what gives weight.
    function _take(uint256 slashId, uint64 epoch) internal returns (Slash memory slash, uint256 taken) {
        if (slashId >= _slashes.length) revert UnknownSlash(slashId);
        slash = _slashes[slashId];
        if (slash.executed) revert SlashDone(slashId);
        if (block.timestamp < slash.executableAt) revert SlashNotDue(slashId, slash.executableAt);
        _slashes[slashId].executed = true;

        Holding storage holding = _holdings[slash.owner][slash.id];
        uint256 held = uint256(holding.bonded) + holding.unbonding;
        // rounded up, so that many slashes can't leave a remainder that no slash reaches
        taken = slash.ppm == 0 ? Math.min(slash.amount, held) : Math.mulDiv(held, slash.ppm, PPM, Math.Rounding.Ceil);
        _useCap(taken, epoch);

        uint128 fromBonded = uint128(Math.min(taken, holding.bonded));
        uint128 fromUnbonding = uint128(taken - fromBonded);
        holding.bonded -= fromBonded;
        holding.unbonding -= fromUnbonding;
        holding.pendingSlashes -= 1;
        totalBonded -= fromBonded;
        totalUnbonding -= fromUnbonding;
    }

    /// @dev Within the cap, or the one slash of this epoch that goes beyond it. Were the exception the epoch's first slash, an
    /// offender could spend it each epoch on a slash of nothing, and a slash above the cap would never come to pass; as it is,
    /// keeping a slash off costs the whole cap every epoch.
    function _useCap(uint256 amount, uint64 epoch) private {
        EpochCap memory state = _epochCap;
        if (!state.begun || state.epoch != epoch) {
            state = EpochCap(epoch, true, false, Math.mulDiv(totalBonded, SLASH_CAP_PPM, PPM), 0);
        }
        state.taken += amount;
        if (amount != 0 && state.taken > state.cap) {
            if (state.exceeded) revert EpochCapReached(epoch);
            state.exceeded = true;
        }
        _epochCap = state;
    }
}
