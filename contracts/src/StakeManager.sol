// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {GuardedPause} from "./GuardedPause.sol";
import {PPM, SlashQueue} from "./SlashQueue.sol";
import {TokenHolder} from "./TokenHolder.sol";
import {RootView} from "./Types.sol";
import {IRegistry} from "./interfaces/IRegistry.sol";
import {IStakes} from "./interfaces/IStakes.sol";

/// @dev The reward tree's pool of users' compensation.
uint8 constant COMPENSATION_POOL = 1;

/// @title Stake behind every word: validators' stakes, nodes' bonds, and what dishonesty costs
/// @notice An account is (owner, id): id 0 is the owner's stake as a validator, any other id the bond of the node with that
/// nodeId. Money goes in by depositFor; it comes out to its owner after the unbonding delay, to whoever proved a fault, or out
/// of the compensation pool to those whom a consensus root names. There is no other way, and nobody who could make one.
contract StakeManager is IStakes, TokenHolder, SlashQueue, GuardedPause, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    struct Setup {
        address token;
        address registry;
        address prover;
        address guardian;
        uint256 validatorMin;
        uint256 nodeMin;
        uint64 unbondingSeconds;
        uint64 slashDelaySeconds;
        uint32 slashCapPpm;
        uint32 reporterSharePpm;
        uint32 penaltyCapPpm;
        uint64 pauseSecondsMax;
    }

    /// @notice An account as callers see it.
    struct Account {
        uint256 bonded;
        uint256 unbonding;
        /// Unix time in seconds from which `unbonding` can be withdrawn.
        uint64 availableAt;
        uint32 pendingSlashes;
    }

    IRegistry public immutable REGISTRY;
    address public immutable PROVER;
    /// @notice The least stake for a validator's seat, and the least bond for a node, in the token's smallest unit.
    uint256 public immutable VALIDATOR_MIN;
    uint256 public immutable NODE_MIN;
    uint64 public immutable UNBONDING_SECONDS;
    /// @notice Of a slash for a proven fault, how many millionths go to its reporter.
    uint32 public immutable REPORTER_SHARE_PPM;

    /// @notice What slashes left for users, not yet paid out.
    uint256 public compensationPool;
    /// @notice What an account was paid from the pool so far.
    mapping(address account => uint256) public compensated;
    /// @notice Whether a fault was slashed (or is queued) already.
    mapping(bytes32 faultKey => bool) public faultQueued;

    event Deposited(address indexed owner, bytes32 indexed id, address indexed from, uint256 amount);
    event Unbonding(address indexed owner, bytes32 indexed id, uint256 amount, uint64 availableAt);
    event Withdrawn(address indexed owner, bytes32 indexed id, uint256 amount);
    event PenaltyQueued(uint256 indexed slashId, uint64 indexed epoch, uint256 cumulative, uint256 amount);
    event SlashExecuted(uint256 indexed slashId, uint256 amount, uint256 toReporter, uint256 toPool);
    event CompensationPaid(uint64 indexed epoch, address indexed account, uint256 amount, uint256 cumulative);

    error NoUnbondingDelay();
    error InsufficientBond(uint256 bonded, uint256 wanted);
    /// @notice The caller's node isn't retired, and would be left with less than NODE_MIN.
    error NodeNeedsBond(bytes32 nodeId, uint256 left, uint256 min);
    error NothingUnbonding();
    error StillUnbonding(uint64 availableAt);
    /// @notice So many slashes of this account wait; they come first.
    error SlashPending(uint32 count);
    error NotProver(address caller);
    error WrongSlashShare(uint32 ppm);
    error FaultAlreadyQueued(bytes32 faultKey);
    error NoRoot(uint64 epoch);
    /// @notice The root was made by too few validators to penalise anybody.
    error ProvisionalRoot(uint64 epoch);
    error NotInPenaltyTree(uint64 epoch, address owner, bytes32 nodeId, uint256 cumulative);
    error NotInRewardTree(uint64 epoch, address account, uint256 cumulative);

    constructor(Setup memory s)
        TokenHolder(s.token)
        SlashQueue(s.slashDelaySeconds, s.slashCapPpm, s.penaltyCapPpm)
        GuardedPause(s.guardian, s.pauseSecondsMax)
    {
        if (s.registry == address(0) || s.prover == address(0)) revert ZeroAddress();
        if (s.unbondingSeconds == 0) revert NoUnbondingDelay();
        // without a cap to use up first, a slash of next to nothing would be the one that may go beyond it
        if (s.slashCapPpm == 0) revert ZeroAmount();
        if (s.reporterSharePpm > PPM) revert ShareAboveOne(s.reporterSharePpm);
        REGISTRY = IRegistry(s.registry);
        PROVER = s.prover;
        VALIDATOR_MIN = s.validatorMin;
        NODE_MIN = s.nodeMin;
        UNBONDING_SECONDS = s.unbondingSeconds;
        REPORTER_SHARE_PPM = s.reporterSharePpm;
    }

    // ── deposits and withdrawals ────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Adds the caller's tokens to an account, its own or another's. It counts at once.
    function depositFor(address owner, bytes32 id, uint256 amount) external nonReentrant {
        if (owner == address(0)) revert ZeroAddress();
        if (amount == 0) revert ZeroAmount();
        Holding storage holding = _holdings[owner][id];
        holding.bonded = (holding.bonded + amount).toUint128();
        totalBonded += amount;
        emit Deposited(owner, id, msg.sender, amount);
        _receive(msg.sender, amount);
        _stakeChanged(owner, id);
    }

    /// @notice Stops counting `amount` of the caller's account and starts the delay, for it and for all that is unbonding already.
    /// A validator may take out everything and loses its seat; a node that isn't retired keeps NODE_MIN.
    function unbond(bytes32 id, uint256 amount) external nonReentrant {
        if (amount == 0) revert ZeroAmount();
        Holding storage holding = _holdings[msg.sender][id];
        uint256 have = holding.bonded;
        if (amount > have) revert InsufficientBond(have, amount);
        if (id != bytes32(0) && have - amount < NODE_MIN) _requireNoNode(id, have - amount);

        uint64 availableAt = (block.timestamp + UNBONDING_SECONDS).toUint64();
        holding.bonded = uint128(have - amount);
        holding.unbonding = (holding.unbonding + amount).toUint128();
        holding.availableAt = availableAt;
        totalBonded -= amount;
        totalUnbonding += amount;
        emit Unbonding(msg.sender, id, amount, availableAt);
        _stakeChanged(msg.sender, id);
    }

    /// @notice Pays out what has waited long enough, unless a slash of the account waits too.
    function withdraw(bytes32 id) external nonReentrant whenNotPaused returns (uint256 amount) {
        Holding storage holding = _holdings[msg.sender][id];
        amount = holding.unbonding;
        if (amount == 0) revert NothingUnbonding();
        if (holding.pendingSlashes != 0) revert SlashPending(holding.pendingSlashes);
        if (block.timestamp < holding.availableAt) revert StillUnbonding(holding.availableAt);
        holding.unbonding = 0;
        totalUnbonding -= amount;
        emit Withdrawn(msg.sender, id, amount);
        TOKEN.safeTransfer(msg.sender, amount);
    }

    // ── slashes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IStakes
    function queueSlash(address owner, bytes32 id, uint32 ppm, address reporter, bytes32 faultKey)
        external
        nonReentrant
        returns (uint256 slashId)
    {
        if (msg.sender != PROVER) revert NotProver(msg.sender);
        if (ppm == 0 || ppm > PPM) revert WrongSlashShare(ppm);
        if (faultQueued[faultKey]) revert FaultAlreadyQueued(faultKey);
        faultQueued[faultKey] = true;
        return _enqueue(owner, id, ppm, 0, reporter, faultKey);
    }

    /// @notice Queues what a consensus root penalises an account by, beyond what it was penalised by before: at most
    /// PENALTY_CAP_PPM of what it holds, once a root; the rest is left to later roots. Anybody may call it.
    /// @param cumulative The sum of all penalties up to and with `epoch`, as in the leaf.
    function queuePenalty(uint64 epoch, address owner, bytes32 nodeId, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        whenNotPaused
        returns (uint256 slashId)
    {
        _requirePenalty(epoch, owner, nodeId, cumulative, proof);
        return _queuePenalty(epoch, owner, nodeId, cumulative);
    }

    /// @notice Takes a slash whose delay is over. Anybody may call it. The slashes of one epoch take at most SLASH_CAP_PPM of what
    /// was bonded when its first was executed, but for one slash an epoch, which may go beyond.
    function executeSlash(uint256 slashId) external nonReentrant whenNotPaused {
        (Slash memory slash, uint256 taken) = _take(slashId, REGISTRY.currentEpoch());
        // before the payment, so that a recipient that burns its gas leaves enough for the little that comes after
        _stakeChanged(slash.owner, slash.id);
        uint256 toReporter = _payReporter(slash, taken);
        compensationPool += taken - toReporter;
        emit SlashExecuted(slashId, taken, toReporter, taken - toReporter);
    }

    /// @notice Pays an account what the root of `epoch` grants it as compensation, less what it was paid; no more than the pool
    /// holds. Anybody may call it; the money goes to the account.
    function payCompensation(uint64 epoch, address account, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        whenNotPaused
        returns (uint256 amount)
    {
        if (!REGISTRY.verifyReward(epoch, COMPENSATION_POOL, account, cumulative, proof)) {
            revert NotInRewardTree(epoch, account, cumulative);
        }
        uint256 settled = compensated[account];
        if (cumulative <= settled) revert NothingDue(cumulative, settled);
        amount = Math.min(cumulative - settled, compensationPool);
        if (amount == 0) revert NothingDue(cumulative, settled);
        compensated[account] = settled + amount;
        compensationPool -= amount;
        emit CompensationPaid(epoch, account, amount, cumulative);
        TOKEN.safeTransfer(account, amount);
    }

    // ── views ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IStakes
    function bonded(address owner, bytes32 id) external view returns (uint256) {
        return _holdings[owner][id].bonded;
    }

    function accountOf(address owner, bytes32 id) external view returns (Account memory) {
        Holding storage holding = _holdings[owner][id];
        return Account(holding.bonded, holding.unbonding, holding.availableAt, holding.pendingSlashes);
    }

    /// @notice All tokens that this contract answers for. What somebody sent here without a deposit belongs to nobody.
    function totalHeld() external view returns (uint256) {
        return totalBonded + totalUnbonding + compensationPool;
    }

    /// @notice The fault key under which a penalty is in the queue.
    function penaltyKey(uint64 epoch, address owner, bytes32 nodeId) public pure returns (bytes32) {
        return keccak256(abi.encode("penalty", epoch, owner, nodeId));
    }

    // ── internals ───────────────────────────────────────────────────────────────────────────────────────────────────────

    function _requireNoNode(bytes32 nodeId, uint256 left) private view {
        (bool known, address operator,,, bool retired) = REGISTRY.nodeKey(nodeId);
        if (known && operator == msg.sender && !retired) revert NodeNeedsBond(nodeId, left, NODE_MIN);
    }

    function _queuePenalty(uint64 epoch, address owner, bytes32 nodeId, uint256 cumulative)
        private
        returns (uint256 slashId)
    {
        uint256 amount = _settlePenalty(epoch, owner, nodeId, cumulative);
        slashId = _enqueue(owner, nodeId, 0, amount, address(0), penaltyKey(epoch, owner, nodeId));
        emit PenaltyQueued(slashId, epoch, cumulative, amount);
    }

    function _requirePenalty(uint64 epoch, address owner, bytes32 nodeId, uint256 cumulative, bytes32[] calldata proof)
        private
        view
    {
        RootView memory root = REGISTRY.rootOf(epoch);
        if (!root.posted) revert NoRoot(epoch);
        if (root.provisional) revert ProvisionalRoot(epoch);
        if (!REGISTRY.verifyPenalty(epoch, owner, nodeId, cumulative, proof)) {
            revert NotInPenaltyTree(epoch, owner, nodeId, cumulative);
        }
    }

    /// @dev A reporter that can't be paid forgoes its share: a slash must never hang on who reported it. Nor is an owner paid for
    /// reporting itself; it can by another name, which is why the share is well below the whole.
    function _payReporter(Slash memory slash, uint256 taken) private returns (uint256 share) {
        if (slash.reporter == address(0) || slash.reporter == slash.owner) return 0;
        share = Math.mulDiv(taken, REPORTER_SHARE_PPM, PPM);
        if (share != 0 && !TOKEN.trySafeTransfer(slash.reporter, share)) share = 0;
    }

    function _stakeChanged(address owner, bytes32 id) private {
        if (id == bytes32(0)) REGISTRY.stakeChanged(owner);
    }
}
