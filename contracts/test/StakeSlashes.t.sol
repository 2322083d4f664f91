// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SlashQueue} from "../src/SlashQueue.sol";
import {StakeManager} from "../src/StakeManager.sol";
import {StakesFixture} from "./support/StakesFixture.sol";
import {VM} from "./support/Vm.sol";

/// The queue, what a slash takes and who gets it, the cap of an epoch.
contract StakeSlashesTest is StakesFixture {
    uint256 private constant PPM = 1_000_000;

    function _ceil(uint256 held, uint256 ppm) private pure returns (uint256) {
        return (held * ppm + PPM - 1) / PPM;
    }

    function _expectCapReached(uint256 slashId) private {
        VM.expectRevert(abi.encodeWithSelector(SlashQueue.EpochCapReached.selector, registry.currentEpoch()));
        stakes.executeSlash(slashId);
    }

    function testFuzz_OnlyTheProverQueues(address who) external {
        VM.assume(who != address(this));
        VM.expectRevert(abi.encodeWithSelector(StakeManager.NotProver.selector, who));
        VM.prank(who);
        stakes.queueSlash(ALICE, 0, 1, BOB, "fault");
    }

    function test_AFaultIsQueuedOnce() external {
        stakes.queueSlash(ALICE, 0, 1000, BOB, "fault");
        VM.expectRevert(abi.encodeWithSelector(StakeManager.FaultAlreadyQueued.selector, bytes32("fault")));
        stakes.queueSlash(CAROL, 0, 1000, BOB, "fault");
        yes(stakes.faultQueued("fault"), "queued");
    }

    function testFuzz_WrongSharesAreRefused(uint32 ppm) external {
        if (ppm <= PPM && ppm != 0) ppm += uint32(PPM);
        VM.expectRevert(abi.encodeWithSelector(StakeManager.WrongSlashShare.selector, ppm));
        stakes.queueSlash(ALICE, 0, ppm, BOB, "fault");
    }

    /// The share is of all that the account holds when the slash is executed, bonded first, rounded up.
    function testFuzz_Slash(uint256 amount, uint256 part, uint32 ppm, bytes32 id, uint32 early) external {
        (amount, ppm) = (between(amount, 1, LARGE), uint32(between(ppm, 1, PPM)));
        part = between(part, 0, amount);
        deposit(ALICE, id, amount);
        if (part != 0) unbond(ALICE, id, part);
        uint64 executableAt = uint64(block.timestamp) + DELAY;
        VM.expectEmit(true, true, true, true, address(stakes));
        emit SlashQueue.SlashQueued(0, ALICE, id, ppm, 0, CAROL, "fault", executableAt);
        same(stakes.queueSlash(ALICE, id, ppm, CAROL, "fault"), 0, "id");
        expectAccount(ALICE, id, amount - part, part, 1);

        pass(early % DELAY);
        VM.expectRevert(abi.encodeWithSelector(SlashQueue.SlashNotDue.selector, 0, executableAt));
        stakes.executeSlash(0);

        VM.warp(executableAt);
        uint256 taken = _ceil(amount, ppm);
        uint256 share = (taken * SHARE_PPM) / PPM;
        uint256 before = token.balanceOf(CAROL);
        VM.expectEmit(true, true, true, true, address(stakes));
        emit StakeManager.SlashExecuted(0, taken, share, taken - share);
        stakes.executeSlash(0);
        uint256 fromBonded = taken < amount - part ? taken : amount - part;
        expectAccount(ALICE, id, amount - part - fromBonded, part - (taken - fromBonded), 0);
        same(token.balanceOf(CAROL) - before, share, "reporter");
        same(stakes.compensationPool(), taken - share, "pool");
        same(registry.stakeSeen(ALICE), id == 0 ? stakes.bonded(ALICE, 0) : 0, "the stake that the registry saw");
        _expectDone(0);
    }

    function _expectDone(uint256 slashId) private {
        SlashQueue.Slash memory found = stakes.slashOf(slashId);
        yes(found.executed, "executed");
        same(found.owner, ALICE, "owner");
        same(found.reporter, CAROL, "reporter");
        VM.expectRevert(abi.encodeWithSelector(SlashQueue.SlashDone.selector, slashId));
        stakes.executeSlash(slashId);
        VM.expectRevert(abi.encodeWithSelector(SlashQueue.UnknownSlash.selector, slashId + 1));
        stakes.executeSlash(slashId + 1);
        VM.expectRevert(abi.encodeWithSelector(SlashQueue.UnknownSlash.selector, slashId + 1));
        stakes.slashOf(slashId + 1);
    }

    /// What waits for a slash can't be withdrawn, however long ago it was unbonded.
    function test_SlashesComeBeforeWithdrawals() external {
        deposit(ALICE, 0, 100);
        unbond(ALICE, 0, 100);
        pass(UNBONDING);
        slash(ALICE, 0, 500_000, CAROL);
        slash(ALICE, 0, 500_000, CAROL);
        for (uint32 left = 2; left > 0; --left) {
            VM.expectRevert(abi.encodeWithSelector(StakeManager.SlashPending.selector, left));
            VM.prank(ALICE);
            stakes.withdraw(0);
            pass(EPOCH_SECONDS + DELAY);
            stakes.executeSlash(left - 1);
        }
        VM.prank(ALICE);
        same(stakes.withdraw(0), 25, "half of half");
    }

    /// Many slashes of one account take shares of what is left each time, in any order, and end.
    function testFuzz_ManySlashesOfOneAccount(uint256 amount, uint32[8] calldata shares, uint256 order) external {
        amount = between(amount, 1, LARGE);
        deposit(ALICE, 0, amount);
        uint256 left = amount;
        for (uint256 i = 0; i < shares.length; ++i) {
            slash(ALICE, 0, uint32(between(shares[i], 1, PPM)), CAROL);
        }
        pass(DELAY);
        for (uint256 i = 0; i < shares.length; ++i) {
            pass(EPOCH_SECONDS);
            uint256 slashId = (i + order % 8) % 8;
            left -= _ceil(left, between(shares[slashId], 1, PPM));
            stakes.executeSlash(slashId);
        }
        expectAccount(ALICE, 0, left, 0, 0);
    }

    function test_AnEmptyAccountsSlashTakesNothing() external {
        slash(ALICE, 0, 500_000, CAROL);
        pass(DELAY);
        stakes.executeSlash(0);
        expectAccount(ALICE, 0, 0, 0, 0);
        same(stakes.compensationPool(), 0, "pool");
    }

    function test_ADepositMeanwhileIsSlashedToo() external {
        slash(ALICE, 0, 500_000, CAROL);
        deposit(ALICE, 0, 100);
        pass(DELAY);
        stakes.executeSlash(0);
        expectAccount(ALICE, 0, 50, 0, 0);
    }

    /// Nobody is paid for reporting itself under its own name.
    function test_OwnersGetNoShare() external {
        deposit(ALICE, 0, 1000);
        slash(ALICE, 0, 500_000, ALICE);
        pass(DELAY);
        uint256 before = token.balanceOf(ALICE);
        stakes.executeSlash(0);
        same(token.balanceOf(ALICE), before, "nothing");
        same(stakes.compensationPool(), 500, "all to the pool");
    }

    // ── the cap of an epoch ─────────────────────────────────────────────────────────────────────────────────────────────

    /// Within the cap, then one beyond it, then no more before the next epoch.
    function test_OneSlashAnEpochGoesBeyondTheCap() external {
        deposit(BOB, 0, 9000);
        bytes32[4] memory ids = [bytes32("a"), "b", "c", "d"];
        for (uint256 i = 0; i < 4; ++i) {
            deposit(ALICE, ids[i], 250);
            slash(ALICE, ids[i], uint32(PPM), CAROL);
        }
        slash(BOB, 0, 500_000, CAROL);
        pass(DELAY);
        for (uint256 i = 0; i < 3; ++i) {
            stakes.executeSlash(i); // 750 of 1000
        }
        stakes.executeSlash(4); // 4500 more: the one
        _expectCapReached(3);
        VM.warp(registry.epochStart(registry.currentEpoch() + 1) - 1);
        _expectCapReached(3);
        pass(1);
        stakes.executeSlash(3);
        same(stakes.totalBonded(), 4500, "what is left");
    }

    /// Slashes of nothing, or of little, don't shield a great one: the exception isn't used up by what fits into the cap.
    function testFuzz_SmallSlashesShieldNobody(uint8 many, uint256 little) external {
        deposit(ALICE, 0, 1e18);
        uint256 count = 1 + many % 8;
        // all the small ones together fit into the cap of a tenth
        little = between(little, 0, 1e16);
        for (uint256 i = 0; i < count; ++i) {
            if (little != 0) deposit(BOB, bytes32(i + 1), little);
            slash(BOB, bytes32(i + 1), uint32(PPM), CAROL);
        }
        slash(ALICE, 0, 500_000, CAROL);
        pass(DELAY);
        for (uint256 i = 0; i < count; ++i) {
            stakes.executeSlash(i);
        }
        stakes.executeSlash(count);
        same(stakes.bonded(ALICE, 0), 0.5e18, "slashed in the same epoch");
    }

    /// In each epoch the sum is within the cap but for one slash.
    function testFuzz_TheCapHolds(uint256[6] calldata amounts, uint32[6] calldata shares) external {
        deposit(BOB, 0, 1e18);
        for (uint256 i = 0; i < 6; ++i) {
            deposit(ALICE, bytes32(i + 1), between(amounts[i], 1, 0.5e18));
            slash(ALICE, bytes32(i + 1), uint32(between(shares[i], 1, PPM)), CAROL);
        }
        pass(DELAY);
        uint256 cap = (stakes.totalBonded() * CAP_PPM) / PPM;
        uint256 before = stakes.totalBonded();
        uint256 greatest;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 held = stakes.totalBonded();
            try stakes.executeSlash(i) {
                uint256 taken = held - stakes.totalBonded();
                if (taken > greatest) greatest = taken;
            } catch {}
        }
        yes(before - stakes.totalBonded() <= cap + greatest, "the cap and one slash");
    }
}
