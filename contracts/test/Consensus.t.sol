// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Consensus} from "../src/Consensus.sol";
import {EpochRoot, RootView} from "../src/Types.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

/// Posting consensus roots: who may stand behind one, when, and that it stands for ever.
contract ConsensusTest is RegistryTest {
    uint256 private constant CROWD = 7;
    uint256 private constant ALL = 127;
    /// Five of seven equal seats.
    uint256 private constant ENOUGH = 31;
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function setUp() public override {
        super.setUp();
        registerCrowd(CROWD);
    }

    /// @dev What is refused before any signature is looked at.
    function _refuse(EpochRoot memory root, bytes memory expected) private {
        VM.expectRevert(expected);
        registry.postEpoch(root, 0, "");
    }

    function testFuzz_PostStoresTheRoot(EpochRoot memory root, address sender, uint8 wait) external {
        root.epoch = 2 + uint64(wait);
        root.previousRoot = 0;
        VM.assume(root.policyHash != 0);
        goToReveal(root.epoch);
        bytes memory signatures = rootSignedByCrowd(root, ALL);
        bytes32 rootHash = registry.hashRoot(root);
        VM.expectEmit(true, true, true, true, address(registry));
        emit Consensus.EpochPosted(root.epoch, rootHash, root, ALL, signatures);
        VM.prank(sender);
        registry.postEpoch(root, ALL, signatures);

        RootView memory found = registry.rootOf(root.epoch);
        yes(found.posted, "posted");
        same(found.rootHash, rootHash, "hash");
        same(found.scoreRoot, root.scoreRoot, "scores");
        same(found.rewardRoot, root.rewardRoot, "rewards");
        same(found.penaltyRoot, root.penaltyRoot, "penalties");
        same(found.round, root.round, "round");
        no(found.provisional, "provisional");
        same(found.previousEpoch, 0, "previous");
        same(found.blockNumber, block.number, "block");
        same(found.timestamp, block.timestamp, "time");
        (uint64 lastEpoch, bytes32 lastHash) = registry.lastRoot();
        same(lastEpoch, root.epoch, "last");
        same(lastHash, rootHash, "last hash");
        same(registry.rootCount(), 1, "count");
    }

    /// Any subset of seats with any stakes: it stands exactly when three times its weight is at least twice the total.
    function testFuzz_TwoThirdsOfTheWeight(uint96[7] calldata drawn, uint256 bitmap) external {
        bitmap %= ALL + 1;
        for (uint256 i = 0; i < CROWD; ++i) {
            stakes.set(operatorOf(i), 0, uint256(drawn[i]) + 1_000);
        }
        goToReveal(2);
        (uint256 signed, uint256 total) = (0, 0);
        for (uint256 i = 0; i < CROWD; ++i) {
            uint256 weight = registry.activeSetAt(2)[i].weight;
            total += weight;
            if (bitmap >> i & 1 == 1) signed += weight;
        }
        if (3 * signed >= 2 * total) postRoot(rootOf(2), bitmap);
        else postRootExpecting(rootOf(2), bitmap, abi.encodeWithSelector(Consensus.NoQuorum.selector, signed, total));
        yes(registry.rootOf(2).posted == (3 * signed >= 2 * total), "posted");
    }

    /// A whale weighs a fifth, whatever it has.
    function test_AWhaleDecidesNothing() external {
        stakes.set(operatorOf(0), 0, type(uint96).max);
        goToReveal(2);
        // six of 5,000 and the whale, which weighs 30,000 / 4
        postRootExpecting(rootOf(2), 15, abi.encodeWithSelector(Consensus.NoQuorum.selector, 22_500, 37_500));
        postRoot(rootOf(2), 31);
    }

    function test_FewSeatsAreProvisional() external {
        for (uint256 i = 3; i < CROWD; ++i) {
            stakes.set(operatorOf(i), 0, 0);
        }
        goToReveal(2);
        stakes.set(operatorOf(3), 0, 5_000); // in epoch 3: the fourth from 5
        postRoot(rootOf(2), 3);
        yes(registry.rootOf(2).provisional, "three seats");
        goToReveal(5);
        postRoot(rootOf(5), 7);
        no(registry.rootOf(5).provisional, "four seats");
    }

    function testFuzz_RootsStandForEver(bytes32 other, uint8 gap) external {
        goToReveal(3);
        EpochRoot memory first = rootOf(3);
        VM.assume(other != first.scoreRoot);
        postRoot(first, ENOUGH);
        _refuse(first, abi.encodeWithSelector(Consensus.AlreadyPosted.selector, 3));
        EpochRoot memory second = rootOf(3);
        second.scoreRoot = other;
        _refuse(second, abi.encodeWithSelector(Consensus.OtherRootStands.selector, 3));
        _refuse(rootOf(2), abi.encodeWithSelector(Consensus.EpochNotRising.selector, 2, 3));

        uint64 next = 4 + uint64(gap);
        goToReveal(next);
        postRoot(rootOf(next), ENOUGH);
        same(registry.rootOf(next).previousEpoch, 3, "previous epoch");
        same(registry.rootOf(3).rootHash, registry.hashRoot(first), "still stands");
        same(registry.rootCount(), 2, "count");
        _refuse(first, abi.encodeWithSelector(Consensus.AlreadyPosted.selector, 3));
        _refuse(second, abi.encodeWithSelector(Consensus.OtherRootStands.selector, 3));
    }

    function testFuzz_NotBeforeTheReveal(uint8 wait, uint16 early) external {
        uint64 epoch = 2 + uint64(wait);
        goToReveal(epoch);
        uint256 revealAt = block.timestamp;
        VM.warp(revealAt - 1 - early);
        _refuse(rootOf(epoch), abi.encodeWithSelector(Consensus.RevealNotReached.selector, epoch, revealAt));
        VM.warp(revealAt);
        postRoot(rootOf(epoch), ENOUGH);
    }

    function testFuzz_EachRootNamesTheOneBefore(bytes32 wrong) external {
        VM.assume(wrong != 0);
        goToReveal(3);
        EpochRoot memory root = rootOf(2);
        root.previousRoot = wrong;
        _refuse(root, abi.encodeWithSelector(Consensus.WrongPreviousRoot.selector, bytes32(0), wrong));
        root = rootOf(2);
        postRoot(root, ENOUGH);
        bytes32 hash = registry.hashRoot(root);
        VM.assume(wrong != hash);
        EpochRoot memory next = rootOf(3);
        next.previousRoot = wrong;
        _refuse(next, abi.encodeWithSelector(Consensus.WrongPreviousRoot.selector, hash, wrong));
        next.previousRoot = hash;
        postRoot(next, ENOUGH);
    }

    function testFuzz_AnothersSignatureInASeat(uint256 seat, uint256 key) external {
        seat = between(seat, 0, CROWD - 1);
        key = between(key, 1, type(uint128).max);
        VM.assume(key != keyOf(seat));
        goToReveal(2);
        EpochRoot memory root = rootOf(2);
        bytes memory signatures;
        for (uint256 i = 0; i < CROWD; ++i) {
            signatures = abi.encodePacked(signatures, rootSignedBy(i == seat ? key : keyOf(i), root));
        }
        VM.expectRevert(abi.encodeWithSelector(Consensus.WrongSeatSigner.selector, seat, VM.addr(key)));
        registry.postEpoch(root, ALL, signatures);
    }

    /// One signature can't fill two seats, nor can signatures be in another order than their seats.
    function test_SignaturesBelongToSeats() external {
        goToReveal(2);
        EpochRoot memory root = rootOf(2);
        bytes memory zero = rootSignedBy(keyOf(0), root);
        bytes memory one = rootSignedBy(keyOf(1), root);
        bytes memory wrong = abi.encodeWithSelector(Consensus.WrongSeatSigner.selector, 1, VM.addr(keyOf(0)));
        VM.expectRevert(wrong);
        registry.postEpoch(root, 3, abi.encodePacked(zero, zero));
        VM.expectRevert(abi.encodeWithSelector(Consensus.WrongSeatSigner.selector, 0, VM.addr(keyOf(1))));
        registry.postEpoch(root, 3, abi.encodePacked(one, zero));
    }

    function test_HighSIsRefused() external {
        goToReveal(2);
        EpochRoot memory root = rootOf(2);
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", registry.domainSeparator(), registry.hashRoot(root)));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(keyOf(0), digest);
        // with vs there is no way to write a high s: its top bit is v
        bytes32 vs = bytes32((ORDER - uint256(s)) | uint256(v == 27 ? 1 : 0) << 255);
        try registry.postEpoch(root, 1, abi.encodePacked(r, vs)) {
            yes(false, "accepted");
        } catch (bytes memory reason) {
            same(bytes32(bytes4(reason)), bytes32(Consensus.WrongSeatSigner.selector), "reason");
        }
    }

    function testFuzz_BitmapAndLengthMustFit(uint256 bitmap, uint256 length) external {
        goToReveal(2);
        length = between(length, 0, 64 * 40);
        uint256 bits = 0;
        for (uint256 rest = bitmap; rest != 0; rest >>= 1) {
            bits += rest & 1;
        }
        VM.assume(bitmap > ALL);
        EpochRoot memory root = rootOf(2);
        VM.expectRevert(abi.encodeWithSelector(Consensus.BadSignatures.selector));
        registry.postEpoch(root, bitmap, new bytes(64 * bits));

        bytes memory signatures = rootSignedByCrowd(root, ALL);
        VM.assume(length != signatures.length);
        bytes memory cut = new bytes(length);
        for (uint256 i = 0; i < length && i < signatures.length; ++i) {
            cut[i] = signatures[i];
        }
        VM.expectRevert(abi.encodeWithSelector(Consensus.BadSignatures.selector));
        registry.postEpoch(root, ALL, cut);
    }

    /// Before epoch 2 there are no seats, nor when all have left.
    function test_EpochsWithoutSeatsHaveNoRoot() external {
        goToReveal(1);
        postRootExpecting(rootOf(0), 0, abi.encodeWithSelector(Consensus.EpochNotRising.selector, 0, 0));
        postRootExpecting(rootOf(1), 0, abi.encodeWithSelector(Consensus.BadSignatures.selector));
        postRootExpecting(rootOf(1), ALL, abi.encodeWithSelector(Consensus.BadSignatures.selector));
        for (uint256 i = 0; i < CROWD; ++i) {
            stakes.set(operatorOf(i), 0, 0); // in epoch 2: from 4
        }
        same(registry.validatorCountAt(4), 0, "seats");
        goToReveal(4);
        postRootExpecting(rootOf(4), 0, abi.encodeWithSelector(Consensus.BadSignatures.selector));
        postRoot(rootOf(3), ALL);
    }

    /// The seats of the root's own epoch sign, whoever sits there when it is posted.
    function test_TheSeatsAreTheEpochs() external {
        goTo(3);
        VM.prank(operatorOf(0));
        registry.updateValidator(VM.addr(0xB), "https://v.example"); // in effect at 5
        goToReveal(5);
        postRoot(rootOf(4), ALL);
        EpochRoot memory root = rootOf(5);
        postRootExpecting(root, ALL, abi.encodeWithSelector(Consensus.WrongSeatSigner.selector, 0, VM.addr(keyOf(0))));
        bytes memory others = rootSignedByCrowd(root, ALL - 1);
        registry.postEpoch(root, ALL, abi.encodePacked(rootSignedBy(0xB, root), others));
    }

    /// A signature is for one chain and one registry.
    function test_ARootForAnotherRegistryIsRefused() external {
        goToReveal(2);
        EpochRoot memory root = rootOf(2);
        bytes memory signatures = rootSignedByCrowd(root, ALL);
        setUp();
        goToReveal(2);
        try registry.postEpoch(root, ALL, signatures) {
            yes(false, "accepted elsewhere");
        } catch (bytes memory reason) {
            same(bytes32(bytes4(reason)), bytes32(Consensus.WrongSeatSigner.selector), "reason");
        }
    }
}
