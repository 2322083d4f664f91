// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {GuardedPause} from "../src/GuardedPause.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {TestToken} from "../src/TestToken.sol";
import {TokenHolder} from "../src/TokenHolder.sol";
import {RegistryDouble} from "./support/RegistryDouble.sol";
import {TrickyToken} from "./support/Tokens.sol";
import {Asserts, VM} from "./support/Vm.sol";

contract RewardsTest is Asserts {
    uint256 private constant BUDGET = 1000e18;
    uint256 private constant FUNDS = 2500e18;
    uint64 private constant PAUSE = 5000;
    address private constant GUARDIAN = address(0x60A2D);
    address private constant ALICE = address(0xA11);
    address private constant BOB = address(0xB0B);

    RegistryDouble private _registry;
    TestToken private _token;
    RewardDistributor private _rewards;
    bytes32[] private _noProof;

    function setUp() external {
        VM.warp(1_700_000_000);
        _registry = new RegistryDouble(1_700_000_000);
        _token = new TestToken("Test", "TST", 1e30);
        _rewards = new RewardDistributor(address(_token), address(_registry), GUARDIAN, BUDGET, PAUSE);
        _token.approve(address(_rewards), type(uint256).max);
        _rewards.fund(FUNDS);
    }

    function _roots(uint64 count) private {
        for (uint64 epoch = 1; epoch <= count; ++epoch) {
            _registry.addRoot(epoch, false);
        }
    }

    function _leaf(uint64 epoch, address account, uint256 cumulative) private {
        _registry.addReward(epoch, 0, account, cumulative);
    }

    function test_SetupIsKept() external {
        same(address(_rewards.TOKEN()), address(_token), "token");
        same(address(_rewards.REGISTRY()), address(_registry), "registry");
        same(_rewards.EPOCH_BUDGET(), BUDGET, "budget");
        same(_rewards.GUARDIAN(), GUARDIAN, "guardian");
        same(_rewards.PAUSE_SECONDS_MAX(), PAUSE, "pause");
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.ZeroAddress.selector));
        new RewardDistributor(address(0), address(_registry), GUARDIAN, BUDGET, PAUSE);
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.ZeroAddress.selector));
        new RewardDistributor(address(_token), address(0), GUARDIAN, BUDGET, PAUSE);
    }

    function testFuzz_Fund(uint256 amount) external {
        amount = between(amount, 1, 1e29);
        VM.expectEmit(true, true, true, true, address(_rewards));
        emit RewardDistributor.Funded(address(this), amount);
        _rewards.fund(amount);
        same(_rewards.totalFunded(), FUNDS + amount, "funded");
        same(_rewards.available(), _token.balanceOf(address(_rewards)), "all of it is there");
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.ZeroAmount.selector));
        _rewards.fund(0);
    }

    /// Anybody may claim for anybody: the account is paid the rise of its sum, whatever order the roots are used in.
    function testFuzz_Claim(address caller, uint256[6] calldata sums, uint8[6] calldata order) external {
        _roots(6);
        uint256 paid;
        for (uint256 i = 0; i < 6; ++i) {
            uint64 epoch = 1 + order[i] % 6;
            uint256 cumulative = between(sums[epoch - 1], 0, FUNDS);
            _leaf(epoch, ALICE, cumulative);
            if (cumulative <= paid) {
                VM.expectRevert(abi.encodeWithSelector(RewardDistributor.NothingDue.selector, cumulative, paid));
            } else {
                VM.expectEmit(true, true, true, true, address(_rewards));
                emit RewardDistributor.Claimed(epoch, ALICE, cumulative - paid, cumulative);
                paid = cumulative;
            }
            VM.prank(caller);
            _rewards.claim(epoch, ALICE, cumulative, _noProof);
            same(_rewards.claimed(ALICE), paid, "claimed");
            same(_token.balanceOf(ALICE), paid, "paid");
            same(_rewards.totalClaimed(), paid, "in all");
        }
    }

    /// Never more than the budget of the posted roots, nor than was funded, whatever the roots say.
    function testFuzz_Limits(uint64 roots, uint256[4] calldata sums) external {
        roots = uint64(between(roots, 0, 4));
        _roots(roots);
        uint256 paid;
        for (uint160 i = 0; i < 4; ++i) {
            address account = address(0x1000 + i);
            uint256 due = between(sums[i], 1, 2000e18);
            _leaf(1, account, due);
            if (due > FUNDS - paid) {
                VM.expectRevert(abi.encodeWithSelector(RewardDistributor.Underfunded.selector, due, FUNDS - paid));
            } else if (paid + due > BUDGET * roots) {
                VM.expectRevert(
                    abi.encodeWithSelector(RewardDistributor.BudgetExceeded.selector, paid + due, BUDGET * roots)
                );
            } else {
                paid += due;
            }
            _rewards.claim(1, account, due, _noProof);
        }
        same(_rewards.totalClaimed(), paid, "claimed");
        same(_rewards.available(), _token.balanceOf(address(_rewards)), "conserved");
    }

    function testFuzz_OnlyLeavesOfThePool(uint64 epoch, uint8 pool, uint256 cumulative) external {
        _roots(3);
        if (pool != 0) _registry.addReward(epoch, pool, ALICE, cumulative);
        VM.expectRevert(abi.encodeWithSelector(RewardDistributor.NotInRewardTree.selector, epoch, ALICE, cumulative));
        _rewards.claim(epoch, ALICE, cumulative, _noProof);
    }

    function test_PauseStopsClaimsOnly() external {
        _roots(1);
        _leaf(1, ALICE, 10);
        VM.expectRevert(abi.encodeWithSelector(GuardedPause.NotGuardian.selector, address(this)));
        _rewards.pause();
        VM.prank(GUARDIAN);
        _rewards.pause();
        VM.expectRevert(abi.encodeWithSelector(GuardedPause.PausedUntil.selector, block.timestamp + PAUSE));
        _rewards.claim(1, ALICE, 10, _noProof);
        _rewards.fund(1);
        VM.warp(block.timestamp + PAUSE);
        same(_rewards.claim(1, ALICE, 10, _noProof), 10, "paid");
    }

    function test_FeesAndReentrance() external {
        TrickyToken tricky = new TrickyToken();
        _rewards = new RewardDistributor(address(tricky), address(_registry), GUARDIAN, BUDGET, PAUSE);
        tricky.approve(address(_rewards), type(uint256).max);
        tricky.setFee(10_000);
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.WrongAmountReceived.selector, 1000, 990));
        _rewards.fund(1000);
        tricky.setFee(0);
        _rewards.fund(1000);

        _roots(1);
        _leaf(1, ALICE, 10);
        _leaf(1, BOB, 10);
        tricky.callDuringTransfer(address(_rewards), abi.encodeCall(_rewards.claim, (1, BOB, 10, _noProof)));
        _rewards.claim(1, ALICE, 10, _noProof);
        no(tricky.callSucceeded(), "refused");
        same(bytes32(tricky.callReturned()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "why");
        tricky.callDuringTransfer(address(_rewards), abi.encodeCall(_rewards.claim, (1, BOB, 10, _noProof)));
        _rewards.fund(10);
        no(tricky.callSucceeded(), "refused");
    }
}
