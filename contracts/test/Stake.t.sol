// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {GuardedPause, PAUSE_LIMIT} from "../src/GuardedPause.sol";
import {SlashQueue} from "../src/SlashQueue.sol";
import {StakeManager} from "../src/StakeManager.sol";
import {TokenHolder} from "../src/TokenHolder.sol";
import {StakesFixture} from "./support/StakesFixture.sol";
import {VM} from "./support/Vm.sol";

/// Deposits, unbonding, withdrawals, pauses.
contract StakeTest is StakesFixture {
    function test_SetupIsKept() external view {
        same(address(stakes.TOKEN()), address(token), "token");
        same(address(stakes.REGISTRY()), address(registry), "registry");
        same(stakes.PROVER(), address(this), "prover");
        same(stakes.GUARDIAN(), GUARDIAN, "guardian");
        same(stakes.VALIDATOR_MIN(), MIN, "validator's minimum");
        same(stakes.NODE_MIN(), NODE_BOND, "node's minimum");
        same(stakes.UNBONDING_SECONDS(), UNBONDING, "unbonding");
        same(stakes.SLASH_DELAY_SECONDS(), DELAY, "delay");
        same(stakes.SLASH_CAP_PPM(), CAP_PPM, "cap");
        same(stakes.REPORTER_SHARE_PPM(), SHARE_PPM, "share");
        same(stakes.PENALTY_CAP_PPM(), PENALTY_PPM, "penalty cap");
        same(stakes.PAUSE_SECONDS_MAX(), PAUSE, "pause");
    }

    function test_BadSetupsAreRefused() external {
        StakeManager.Setup memory setup = setupFor(address(0));
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.ZeroAddress.selector));
        new StakeManager(setup);
        setup = setupFor(address(token));
        setup.registry = address(0);
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.ZeroAddress.selector));
        new StakeManager(setup);
        setup = setupFor(address(token));
        setup.prover = address(0);
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.ZeroAddress.selector));
        new StakeManager(setup);
        setup = setupFor(address(token));
        setup.unbondingSeconds = 0;
        VM.expectRevert(abi.encodeWithSelector(StakeManager.NoUnbondingDelay.selector));
        new StakeManager(setup);
        setup = setupFor(address(token));
        setup.slashCapPpm = 0;
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.ZeroAmount.selector));
        new StakeManager(setup);
        setup = setupFor(address(token));
        setup.pauseSecondsMax = PAUSE_LIMIT + 1;
        VM.expectRevert(abi.encodeWithSelector(GuardedPause.PauseTooLong.selector, PAUSE_LIMIT + 1, PAUSE_LIMIT));
        new StakeManager(setup);
    }

    function testFuzz_SharesAboveOneAreRefused(uint32 ppm, uint8 which) external {
        uint32 above = uint32(between(ppm, 1_000_001, type(uint32).max));
        StakeManager.Setup memory setup = setupFor(address(token));
        if (which % 3 == 0) setup.slashCapPpm = above;
        else if (which % 3 == 1) setup.reporterSharePpm = above;
        else setup.penaltyCapPpm = above;
        VM.expectRevert(abi.encodeWithSelector(SlashQueue.ShareAboveOne.selector, above));
        new StakeManager(setup);
    }

    /// Anybody may deposit for anybody; only a validator's stake is told to the registry, after it counts.
    function testFuzz_Deposit(address owner, bytes32 id, uint256 first, uint256 second) external {
        VM.assume(owner != address(0));
        (first, second) = (between(first, 1, LARGE), between(second, 1, LARGE));
        VM.prank(ALICE);
        stakes.depositFor(owner, id, first);
        VM.expectEmit(true, true, true, true, address(stakes));
        emit StakeManager.Deposited(owner, id, BOB, second);
        VM.prank(BOB);
        stakes.depositFor(owner, id, second);
        expectAccount(owner, id, first + second, 0, 0);
        same(stakes.totalBonded(), first + second, "total");
        same(registry.changes(owner), id == 0 ? 2 : 0, "told");
        same(registry.stakeSeen(owner), id == 0 ? first + second : 0, "the stake that the registry saw");
    }

    function test_EmptyDepositsAreRefused() external {
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.ZeroAmount.selector));
        stakes.depositFor(ALICE, 0, 0);
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.ZeroAddress.selector));
        stakes.depositFor(address(0), 0, 1);
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.ZeroAmount.selector));
        stakes.unbond(0, 0);
    }

    function testFuzz_UnbondAndWithdraw(uint256 amount, uint256 part, bytes32 id, uint32 early) external {
        amount = between(amount, 1, LARGE);
        part = between(part, 1, amount);
        deposit(ALICE, id, amount);
        uint64 availableAt = uint64(block.timestamp) + UNBONDING;
        VM.expectEmit(true, true, true, true, address(stakes));
        emit StakeManager.Unbonding(ALICE, id, part, availableAt);
        unbond(ALICE, id, part);
        expectAccount(ALICE, id, amount - part, part, 0);
        same(stakes.accountOf(ALICE, id).availableAt, availableAt, "available at");
        same(registry.stakeSeen(ALICE), id == 0 ? amount - part : 0, "the stake that the registry saw");

        pass(early % UNBONDING);
        VM.expectRevert(abi.encodeWithSelector(StakeManager.StillUnbonding.selector, availableAt));
        VM.prank(ALICE);
        stakes.withdraw(id);

        VM.warp(availableAt);
        uint256 before = token.balanceOf(ALICE);
        VM.expectEmit(true, true, true, true, address(stakes));
        emit StakeManager.Withdrawn(ALICE, id, part);
        VM.prank(ALICE);
        same(stakes.withdraw(id), part, "returned");
        same(token.balanceOf(ALICE) - before, part, "paid");
        expectAccount(ALICE, id, amount - part, 0, 0);
        VM.expectRevert(abi.encodeWithSelector(StakeManager.NothingUnbonding.selector));
        VM.prank(ALICE);
        stakes.withdraw(id);
    }

    function testFuzz_NobodyUnbondsMoreThanIsBonded(uint256 amount, uint256 more) external {
        amount = between(amount, 0, LARGE);
        more = between(more, amount + 1, type(uint256).max);
        if (amount != 0) deposit(ALICE, 0, amount);
        VM.expectRevert(abi.encodeWithSelector(StakeManager.InsufficientBond.selector, amount, more));
        VM.prank(ALICE);
        stakes.unbond(0, more);
        VM.expectRevert(abi.encodeWithSelector(StakeManager.InsufficientBond.selector, 0, more));
        VM.prank(BOB);
        stakes.unbond(0, more);
    }

    /// The second unbonding starts the delay again for both, so that nothing leaves sooner than its own delay.
    function testFuzz_TheDelayStartsAgain(uint32 wait) external {
        deposit(ALICE, 0, 100);
        unbond(ALICE, 0, 40);
        pass(wait % UNBONDING);
        unbond(ALICE, 0, 60);
        uint64 availableAt = uint64(block.timestamp) + UNBONDING;
        pass(UNBONDING - 1);
        VM.expectRevert(abi.encodeWithSelector(StakeManager.StillUnbonding.selector, availableAt));
        VM.prank(ALICE);
        stakes.withdraw(0);
        pass(1);
        VM.prank(ALICE);
        same(stakes.withdraw(0), 100, "both");
    }

    // ── nodes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    function testFuzz_ANodeKeepsItsBond(uint256 amount, uint256 part) external {
        amount = between(amount, NODE_BOND, LARGE);
        part = between(part, 1, amount);
        bytes32 node = registry.addNode(ALICE, "qx", "qy");
        deposit(ALICE, node, amount);
        if (amount - part < NODE_BOND) {
            VM.expectRevert(abi.encodeWithSelector(StakeManager.NodeNeedsBond.selector, node, amount - part, NODE_BOND));
            VM.prank(ALICE);
            stakes.unbond(node, part);
            registry.retire(node);
        }
        unbond(ALICE, node, part);
        expectAccount(ALICE, node, amount - part, part, 0);
    }

    /// A bond for a node that nobody registered, or somebody else, comes back whole.
    function test_OtherBondsComeBack() external {
        bytes32 bobs = registry.addNode(BOB, "qx", "qy");
        deposit(ALICE, NODE, NODE_BOND);
        deposit(ALICE, bobs, NODE_BOND);
        unbond(ALICE, NODE, NODE_BOND);
        unbond(ALICE, bobs, NODE_BOND);
        pass(UNBONDING);
        VM.startPrank(ALICE);
        same(stakes.withdraw(NODE), NODE_BOND, "unregistered");
        same(stakes.withdraw(bobs), NODE_BOND, "another's");
        VM.stopPrank();
    }

    // ── pauses ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    function testFuzz_OnlyTheGuardianPauses(address who) external {
        VM.assume(who != GUARDIAN);
        VM.expectRevert(abi.encodeWithSelector(GuardedPause.NotGuardian.selector, who));
        VM.prank(who);
        stakes.pause();
    }

    /// A pause stops what pays out, and nothing else; it ends by itself.
    function test_PauseStopsTheOutflow() external {
        deposit(ALICE, 0, 100);
        unbond(ALICE, 0, 40);
        slash(ALICE, 0, 500_000, CAROL);
        pass(UNBONDING);
        uint64 until = uint64(block.timestamp) + PAUSE;
        VM.expectEmit(true, true, true, true, address(stakes));
        emit GuardedPause.Paused(until);
        VM.prank(GUARDIAN);
        stakes.pause();
        bytes memory paused = abi.encodeWithSelector(GuardedPause.PausedUntil.selector, until);
        VM.expectRevert(paused);
        VM.prank(ALICE);
        stakes.withdraw(0);
        VM.expectRevert(paused);
        stakes.executeSlash(0);
        VM.expectRevert(paused);
        stakes.queuePenalty(1, ALICE, 0, 1, noProof);
        VM.expectRevert(paused);
        stakes.payCompensation(1, ALICE, 1, noProof);

        deposit(ALICE, 0, 10);
        unbond(ALICE, 0, 10);
        slash(ALICE, 0, 1000, CAROL);
        pass(PAUSE - 1);
        VM.expectRevert(paused);
        stakes.executeSlash(0);
        pass(1);
        no(stakes.paused(), "over");
        stakes.executeSlash(0);
    }

    /// Whatever the guardian tries, at least half of the time is free.
    function testFuzz_PausesDontJoin(uint32[16] calldata waits) external {
        uint256 pausedTime;
        uint256 start = block.timestamp;
        for (uint256 i = 0; i < waits.length; ++i) {
            uint256 last = stakes.pausedUntil();
            bool soon = last != 0 && block.timestamp < last + PAUSE;
            if (soon) VM.expectRevert(abi.encodeWithSelector(GuardedPause.PauseTooSoon.selector, last + PAUSE));
            VM.prank(GUARDIAN);
            stakes.pause();
            if (!soon) pausedTime += PAUSE;
            pass(waits[i] % (2 * PAUSE));
        }
        yes(pausedTime <= PAUSE + (block.timestamp - start) / 2, "half of the time, and the last pause");
    }
}
