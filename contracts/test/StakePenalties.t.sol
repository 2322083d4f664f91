// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SlashQueue} from "../src/SlashQueue.sol";
import {StakeManager} from "../src/StakeManager.sol";
import {StakesFixture} from "./support/StakesFixture.sol";
import {VM} from "./support/Vm.sol";

/// What consensus roots take (penalties) and give (compensation).
contract StakePenaltiesTest is StakesFixture {
    uint256 private constant PPM = 1_000_000;

    /// @dev A leaf of a root, which is posted if it wasn't.
    function _penalty(uint64 epoch, bytes32 nodeId, uint256 cumulative) private {
        if (!registry.rootOf(epoch).posted) registry.addRoot(epoch, false);
        registry.addPenalty(epoch, ALICE, nodeId, cumulative);
    }

    function _queue(uint64 epoch, uint256 cumulative) private returns (uint256) {
        VM.prank(BOB);
        return stakes.queuePenalty(epoch, ALICE, NODE, cumulative, noProof);
    }

    function testFuzz_Penalty(uint256 amount, uint256 cumulative, uint64 epoch) external {
        (amount, epoch) = (between(amount, 20, LARGE), uint64(between(epoch, 1, type(uint64).max)));
        cumulative = between(cumulative, 1, 2 * LARGE);
        deposit(ALICE, NODE, amount);
        _penalty(epoch, NODE, cumulative);
        uint256 most = (amount * PENALTY_PPM) / PPM;
        uint256 due = cumulative < most ? cumulative : most;
        VM.expectEmit(true, true, true, true, address(stakes));
        emit StakeManager.PenaltyQueued(0, epoch, cumulative, due);
        same(_queue(epoch, cumulative), 0, "id");
        SlashQueue.Slash memory found = stakes.slashOf(0);
        same(found.amount, due, "amount");
        same(found.ppm, 0, "no share");
        same(found.faultKey, stakes.penaltyKey(epoch, ALICE, NODE), "key");

        VM.expectRevert(abi.encodeWithSelector(SlashQueue.SlashNotDue.selector, 0, block.timestamp + DELAY));
        stakes.executeSlash(0);
        pass(DELAY);
        uint256 before = token.balanceOf(BOB);
        stakes.executeSlash(0);
        expectAccount(ALICE, NODE, amount - due, 0, 0);
        same(stakes.compensationPool(), due, "all to the pool");
        same(token.balanceOf(BOB), before, "nobody is paid for it");
    }

    /// However often and in whatever order it is called, a root takes one capped part, and never more than the sum.
    function testFuzz_RootsTakeOnceEach(uint256[5] calldata rises, uint8[12] calldata order) external {
        deposit(ALICE, NODE, 1e18);
        uint256[6] memory cumulative;
        for (uint64 epoch = 1; epoch <= 5; ++epoch) {
            cumulative[epoch] = cumulative[epoch - 1] + between(rises[epoch - 1], 0, 0.1e18);
            _penalty(epoch, NODE, cumulative[epoch]);
        }
        uint64 newest;
        uint256 settled;
        for (uint256 i = 0; i < order.length; ++i) {
            uint64 epoch = 1 + order[i] % 5;
            uint256 due = cumulative[epoch] > settled ? cumulative[epoch] - settled : 0;
            if (due > 0.05e18) due = 0.05e18;
            if (epoch <= newest) {
                VM.expectRevert(abi.encodeWithSelector(SlashQueue.PenaltyStale.selector, epoch, newest));
                _queue(epoch, cumulative[epoch]);
            } else if (due == 0) {
                VM.expectRevert(abi.encodeWithSelector(SlashQueue.NothingDue.selector, cumulative[epoch], settled));
                _queue(epoch, cumulative[epoch]);
            } else {
                _queue(epoch, cumulative[epoch]);
                (newest, settled) = (epoch, settled + due);
            }
            (uint256 penalised, uint64 by) = stakes.penaltyOf(ALICE, NODE);
            same(penalised, settled, "penalised");
            same(by, newest, "by which root");
        }
        yes(settled <= cumulative[5], "never more than the sum");
    }

    function test_NoPenaltyWithoutALeafOfAFinalRoot() external {
        deposit(ALICE, NODE, 1000);
        VM.expectRevert(abi.encodeWithSelector(StakeManager.NoRoot.selector, 3));
        _queue(3, 10);
        registry.addRoot(3, true);
        registry.addPenalty(3, ALICE, NODE, 10);
        VM.expectRevert(abi.encodeWithSelector(StakeManager.ProvisionalRoot.selector, 3));
        _queue(3, 10);
        registry.addRoot(4, false);
        VM.expectRevert(abi.encodeWithSelector(StakeManager.NotInPenaltyTree.selector, 4, ALICE, NODE, 10));
        _queue(4, 10);
    }

    /// An account that holds nothing owes nothing; what it owed is taken once it holds something, by a later root.
    function test_EmptyAccounts() external {
        _penalty(1, NODE, 10);
        VM.expectRevert(abi.encodeWithSelector(SlashQueue.NothingDue.selector, 10, 0));
        _queue(1, 10);
        deposit(ALICE, NODE, 1000);
        _queue(1, 10);
        // a slash takes everything first: the penalty finds nothing, and nothing goes below zero
        slash(ALICE, NODE, uint32(PPM), CAROL);
        pass(DELAY);
        stakes.executeSlash(1);
        pass(EPOCH_SECONDS);
        stakes.executeSlash(0);
        expectAccount(ALICE, NODE, 0, 0, 0);
    }

    function test_PenaltiesReachWhatUnbonds() external {
        deposit(ALICE, 0, 1000);
        registry.addRoot(1, false);
        registry.addPenalty(1, ALICE, 0, 30);
        unbond(ALICE, 0, 990);
        stakes.queuePenalty(1, ALICE, 0, 30, noProof);
        pass(DELAY);
        stakes.executeSlash(0);
        expectAccount(ALICE, 0, 0, 970, 0);
        same(registry.stakeSeen(ALICE), 0, "the registry saw it");
    }

    // ── compensation ────────────────────────────────────────────────────────────────────────────────────────────────────

    function _fillPool(uint256 amount) private {
        deposit(ALICE, NODE, amount);
        slash(ALICE, NODE, uint32(PPM), ALICE);
        pass(DELAY);
        stakes.executeSlash(stakes.slashCount() - 1);
    }

    /// Paid is the rise of the sum, as far as the pool reaches; the rest waits for the pool to fill.
    function testFuzz_Compensation(uint256 pool, uint256[4] calldata sums) external {
        pool = between(pool, 1, LARGE);
        _fillPool(pool);
        uint256 paid;
        for (uint64 epoch = 1; epoch <= 4; ++epoch) {
            uint256 cumulative = between(sums[epoch - 1], 0, 2 * LARGE);
            registry.addReward(epoch, 1, CAROL, cumulative);
            uint256 due = cumulative > paid ? cumulative - paid : 0;
            if (due > pool - paid) due = pool - paid;
            uint256 before = token.balanceOf(CAROL);
            if (due == 0) VM.expectRevert(abi.encodeWithSelector(SlashQueue.NothingDue.selector, cumulative, paid));
            stakes.payCompensation(epoch, CAROL, cumulative, noProof);
            same(token.balanceOf(CAROL) - before, due, "paid");
            paid += due;
            same(stakes.compensated(CAROL), paid, "in all");
            same(stakes.compensationPool(), pool - paid, "left");
            same(stakes.totalHeld(), token.balanceOf(address(stakes)), "conserved");
        }
    }

    function test_CompensationIsOfItsOwnPool() external {
        _fillPool(1000);
        registry.addReward(1, 0, CAROL, 10);
        VM.expectRevert(abi.encodeWithSelector(StakeManager.NotInRewardTree.selector, 1, CAROL, 10));
        stakes.payCompensation(1, CAROL, 10, noProof);
    }

    /// Stakes aren't the pool's: what others deposited can't be paid out.
    function test_OnlyThePoolPays() external {
        deposit(BOB, 0, 1000);
        registry.addReward(1, 1, CAROL, 10);
        VM.expectRevert(abi.encodeWithSelector(SlashQueue.NothingDue.selector, 10, 0));
        stakes.payCompensation(1, CAROL, 10, noProof);
    }
}
