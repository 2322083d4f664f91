// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FaultProver} from "../src/FaultProver.sol";
import {SlashQueue} from "../src/SlashQueue.sol";
import {StakeManager} from "../src/StakeManager.sol";
import {WholeNetwork} from "./support/WholeNetwork.sol";
import {VM} from "./support/Vm.sol";

/// Registry, stakes, prover and rewards together, nothing replaced: from a fault to the seat that it costs, from a root to the
/// money that it pays.
contract FaultIntegrationTest is WholeNetwork {
    address private constant REPORTER = address(0x4E);

    function _prove(string memory path) private {
        VM.prank(REPORTER);
        (bool success,) = address(prover).call(data(path));
        yes(success, path);
    }

    /// Each golden fault is proven against the real registry, queued, and after its delay taken.
    function test_EachFaultCostsStake() external {
        postReport();
        _prove(".twoReports.calldata");
        _prove(".twoRoots.calldata");
        _prove(".undrawn[1].guilty[0].calldata");
        _prove(".twoReceipts[0].calldata");
        same(stakes.slashCount(), 4, "queued");
        uint32[4] memory shares = [uint32(500_000), 500_000, 100_000, 200_000];
        for (uint256 i = 0; i < 4; ++i) {
            SlashQueue.Slash memory found = stakes.slashOf(i);
            same(found.owner, i == 3 ? BOB : ALICE, "offender");
            same(found.id, i == 3 ? nodeIdOf(1) : bytes32(0), "account");
            same(found.ppm, shares[i], "share");
            same(found.executableAt, block.timestamp + DELAY, "delay");
        }
        VM.expectRevert(abi.encodeWithSelector(SlashQueue.SlashNotDue.selector, 0, block.timestamp + DELAY));
        stakes.executeSlash(0);

        same(registry.validatorCountAt(registry.currentEpoch() + 2), 4, "seats before");
        for (uint256 i = 0; i < 4; ++i) {
            VM.warp(block.timestamp + EPOCH_SECONDS);
            stakes.executeSlash(i);
        }
        same(stakes.bonded(ALICE, 0), 225e18, "half of half, less a tenth");
        same(stakes.bonded(BOB, nodeIdOf(1)), 80e18, "a fifth of the bond");
        same(token.balanceOf(REPORTER), 79.5e18, "a tenth of 795");
        same(stakes.compensationPool(), 715.5e18, "the rest");
        same(token.balanceOf(address(stakes)), stakes.totalHeld(), "conserved");
        // the first of these slashes took the stake below the minimum
        same(registry.validatorCountAt(registry.currentEpoch() + 2), 3, "seats after");
        same(registry.signerAt(ALICE, registry.currentEpoch() + 2), address(0), "no signer of an active validator");
    }

    function test_TheHonestChallengeNever() external {
        postReport();
        (bool success, bytes memory reason) = address(prover).call(data(".undrawn[1].honest.calldata"));
        no(success, "refused");
        same(bytes32(bytes4(reason)), FaultProver.ChallengeWasDrawn.selector, "drawn");
    }

    /// Before the report is posted its seed is no proof.
    function test_NoProofWithoutAReport() external {
        goTo(EPOCH + 1);
        (bool success, bytes memory reason) = address(prover).call(data(".undrawn[1].guilty[0].calldata"));
        no(success, "refused");
        same(bytes32(bytes4(reason)), FaultProver.NotThePostedReport.selector, "no report");
    }

    /// Who unbonds has no seat from two epochs later on.
    function test_UnbondingLosesTheSeat() external {
        VM.prank(ALICE);
        stakes.unbond(0, STAKE);
        same(registry.validatorCountAt(2), 3, "no seat");
        goTo(EPOCH);
        same(registry.signerAt(ALICE, EPOCH), address(0), "not active");
    }

    /// What unbonds is slashed all the same, and a slash that waits keeps it here.
    function test_LeavingAfterTheFault() external {
        postReport();
        VM.prank(ALICE);
        stakes.unbond(0, STAKE);
        same(registry.validatorCountAt(EPOCH + 3), 3, "no seat from two epochs later on");
        // the report was posted in the very second in which its epoch was over: proofs are taken for just as long as stake waits
        VM.warp(block.timestamp + UNBONDING);
        _prove(".twoReports.calldata");
        VM.expectRevert(abi.encodeWithSelector(StakeManager.SlashPending.selector, 1));
        VM.prank(ALICE);
        stakes.withdraw(0);
        VM.warp(block.timestamp + DELAY);
        stakes.executeSlash(0);
        VM.prank(ALICE);
        same(stakes.withdraw(0), STAKE / 2, "what is left");
    }

    /// A root's leaves pay rewards and compensation and penalise, by the registry's own proofs.
    function test_ARootPaysAndPenalises() external {
        postReport();
        _prove(".twoReports.calldata");
        bytes32 nodeId = nodeIdOf(2);
        (bytes32 rewardRoot, bytes32[] memory reward, bytes32[] memory compensation) =
            twoLeaves(abi.encode(uint8(0), BOB, 30e18), abi.encode(uint8(1), REPORTER, 1000e18));
        (bytes32 penaltyRoot, bytes32[] memory penalty,) =
            twoLeaves(abi.encode(BOB, nodeId, 20e18), abi.encode(BOB, nodeIdOf(3), 1e18));
        postRoot(EPOCH, rewardRoot, penaltyRoot);

        same(rewards.claim(EPOCH, BOB, 30e18, reward), 30e18, "reward");
        same(token.balanceOf(BOB), 30e18, "paid");
        stakes.queuePenalty(EPOCH, BOB, nodeId, 20e18, penalty);
        VM.warp(block.timestamp + DELAY);
        stakes.executeSlash(1);
        same(stakes.bonded(BOB, nodeId), 95e18, "at most a twentieth of the bond");

        stakes.executeSlash(0);
        same(stakes.compensationPool(), 455e18, "the penalty, and nine tenths of the slash");
        same(stakes.payCompensation(EPOCH, REPORTER, 1000e18, compensation), 455e18, "all that there is");
        same(token.balanceOf(REPORTER), 50e18 + 455e18, "with the reporter's share");
        same(token.balanceOf(address(stakes)), stakes.totalHeld(), "conserved");
    }

    // ── gas ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// What each proof costs as a transaction of its own, calldata included, from cold storage.
    function test_GasOfProofs() external {
        postReport();
        _expectGas(".twoReports.calldata", 240_000);
        _expectGas(".twoRoots.calldata", 200_000);
        _expectGas(".undrawn[1].guilty[0].calldata", 430_000);
        _expectGas(".twoReceipts[0].calldata", 245_000);
    }

    function _expectGas(string memory path, uint256 most) private {
        bytes memory call = data(path);
        uint256 used = 21_000;
        for (uint256 i = 0; i < call.length; ++i) {
            used += call[i] == 0 ? 4 : 16;
        }
        VM.cool(address(registry));
        VM.cool(address(stakes));
        VM.cool(address(prover));
        uint256 before = gasleft();
        (bool success,) = address(prover).call(call);
        used += before - gasleft();
        yes(success, path);
        yes(used <= most, string.concat(path, " costs ", VM.toString(used)));
    }
}
