// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {GuardedPause} from "./GuardedPause.sol";
import {TokenHolder} from "./TokenHolder.sol";
import {IRegistry} from "./interfaces/IRegistry.sol";

/// @dev The reward tree's pool of validators' and nodes' rewards.
uint8 constant REWARD_POOL = 0;

/// @title Pays for honest work: what a consensus root says that an account has earned in all
/// @notice Leaves are cumulative, so one proof settles all epochs before it and no epoch can be paid twice. Whatever the roots
/// say, no more is ever paid than was funded, nor more than EPOCH_BUDGET for each posted root. No money leaves but by a claim.
contract RewardDistributor is TokenHolder, GuardedPause, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    IRegistry public immutable REGISTRY;
    /// @notice The most that one consensus root can add to what may be paid, in the token's smallest unit.
    uint256 public immutable EPOCH_BUDGET;

    /// @notice All that was ever funded, and all that was ever paid.
    uint256 public totalFunded;
    uint256 public totalClaimed;
    /// @notice What an account was paid so far.
    mapping(address account => uint256) public claimed;

    event Funded(address indexed from, uint256 amount);
    event Claimed(uint64 indexed epoch, address indexed account, uint256 amount, uint256 cumulative);

    /// @notice (pool 0, account, cumulative) is no leaf of that epoch's reward tree, or no root is posted for the epoch.
    error NotInRewardTree(uint64 epoch, address account, uint256 cumulative);
    /// @notice The account was paid this much already.
    error NothingDue(uint256 cumulative, uint256 claimed);
    error BudgetExceeded(uint256 claimedInAll, uint256 budget);
    error Underfunded(uint256 due, uint256 available);

    constructor(address token, address registry, address guardian, uint256 epochBudget, uint64 pauseSecondsMax)
        TokenHolder(token)
        GuardedPause(guardian, pauseSecondsMax)
    {
        if (registry == address(0)) revert ZeroAddress();
        REGISTRY = IRegistry(registry);
        EPOCH_BUDGET = epochBudget;
    }

    /// @notice Adds the caller's tokens to what can be paid; they never come back but as rewards.
    function fund(uint256 amount) external nonReentrant {
        if (amount == 0) revert ZeroAmount();
        totalFunded += amount;
        emit Funded(msg.sender, amount);
        _receive(msg.sender, amount);
    }

    /// @notice Pays an account what the root of `epoch` says it has earned, less what it was paid. Anybody may call it; the
    /// money goes to the account.
    /// @param cumulative All that the account has earned up to and with `epoch`, as in the leaf.
    function claim(uint64 epoch, address account, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        whenNotPaused
        returns (uint256 amount)
    {
        if (!REGISTRY.verifyReward(epoch, REWARD_POOL, account, cumulative, proof)) {
            revert NotInRewardTree(epoch, account, cumulative);
        }
        uint256 before = claimed[account];
        if (cumulative <= before) revert NothingDue(cumulative, before);
        amount = cumulative - before;
        if (amount > available()) revert Underfunded(amount, available());
        uint256 claimedInAll = totalClaimed + amount;
        if (claimedInAll > budget()) revert BudgetExceeded(claimedInAll, budget());

        claimed[account] = cumulative;
        totalClaimed = claimedInAll;
        emit Claimed(epoch, account, amount, cumulative);
        TOKEN.safeTransfer(account, amount);
    }

    /// @notice The most that may have been paid in all by now.
    function budget() public view returns (uint256) {
        return EPOCH_BUDGET * REGISTRY.rootCount();
    }

    /// @notice Funded and not yet paid.
    function available() public view returns (uint256) {
        return totalFunded - totalClaimed;
    }
}
