// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochRoot, ScoreLeaf, ValidatorLeaf} from "../src/Types.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

/// Inclusion proofs against consensus roots: each leaf verifies with its own values, in its own tree and epoch only.
contract LeavesTest is RegistryTest {
    uint64 private constant EPOCH = 4;

    function setUp() public override {
        super.setUp();
        registerCrowd(4);
    }

    /// @dev Posts a root whose three trees hold these leaves, each beside a sibling.
    function _post(bytes32 score, bytes32 reward, bytes32 penalty, bytes32 sibling) private {
        goToReveal(EPOCH);
        EpochRoot memory root = rootOf(EPOCH);
        root.scoreRoot = _pair(score, sibling);
        root.rewardRoot = _pair(reward, sibling);
        root.penaltyRoot = _pair(penalty, sibling);
        postRoot(root, 15);
    }

    function _proof(bytes32 sibling) private pure returns (bytes32[] memory proof) {
        proof = new bytes32[](1);
        proof[0] = sibling;
    }

    function testFuzz_Scores(ScoreLeaf memory leaf, bytes32 sibling, uint256 bit) external {
        leaf.epoch = EPOCH;
        bytes memory encoded = abi.encode(leaf);
        bytes32 hash = _leaf(encoded);
        no(registry.verifyScore(EPOCH, leaf, _proof(sibling)), "unposted");
        _post(hash, 0, 0, sibling);
        yes(registry.verifyScore(EPOCH, leaf, _proof(sibling)), "own values");
        no(registry.verifyScore(EPOCH + 1, leaf, _proof(sibling)), "another epoch");
        no(registry.verifyScore(EPOCH, leaf, new bytes32[](0)), "no proof");
        no(registry.verifyScore(EPOCH, leaf, _proof(~sibling)), "sibling");
        _flip(encoded, bit);
        ScoreLeaf memory changed = abi.decode(encoded, (ScoreLeaf));
        no(registry.verifyScore(EPOCH, changed, _proof(sibling)), "changed");
    }

    function testFuzz_Validators(ValidatorLeaf memory leaf, bytes32 sibling, uint256 bit) external {
        leaf.epoch = EPOCH;
        bytes memory encoded = abi.encode(leaf);
        no(registry.verifyValidator(EPOCH, leaf, _proof(sibling)), "unposted");
        _post(_leaf(encoded), 0, 0, sibling);
        yes(registry.verifyValidator(EPOCH, leaf, _proof(sibling)), "own values");
        no(registry.verifyValidator(EPOCH + 1, leaf, _proof(sibling)), "another epoch");
        _flip(encoded, bit);
        no(registry.verifyValidator(EPOCH, abi.decode(encoded, (ValidatorLeaf)), _proof(sibling)), "changed");
    }

    /// A leaf names its epoch: the one that it is asked about, even where another epoch's tree holds it.
    function testFuzz_ALeafOfAnotherEpoch(ScoreLeaf memory score, ValidatorLeaf memory validator, bytes32 sibling)
        external
    {
        VM.assume(score.epoch != EPOCH && validator.epoch != EPOCH);
        _post(_leaf(abi.encode(score)), 0, 0, sibling);
        no(registry.verifyScore(EPOCH, score, _proof(sibling)), "score");
        setUp();
        _post(_leaf(abi.encode(validator)), 0, 0, sibling);
        no(registry.verifyValidator(EPOCH, validator, _proof(sibling)), "validator");
    }

    function testFuzz_Rewards(uint8 pool, address account, uint256 cumulative, bytes32 sibling) external {
        bytes32 hash = _leaf(abi.encode(pool, account, cumulative));
        no(registry.verifyReward(EPOCH, pool, account, cumulative, _proof(sibling)), "unposted");
        _post(0, hash, 0, sibling);
        yes(registry.verifyReward(EPOCH, pool, account, cumulative, _proof(sibling)), "own values");
        unchecked {
            no(registry.verifyReward(EPOCH, pool + 1, account, cumulative, _proof(sibling)), "pool");
            no(registry.verifyReward(EPOCH, pool, account, cumulative + 1, _proof(sibling)), "cumulative");
            address other = address(uint160(account) ^ 1);
            no(registry.verifyReward(EPOCH, pool, other, cumulative, _proof(sibling)), "account");
            no(registry.verifyReward(EPOCH + 1, pool, account, cumulative, _proof(sibling)), "epoch");
        }
    }

    function testFuzz_Penalties(address owner, bytes32 nodeId, uint256 cumulative, bytes32 sibling) external {
        bytes32 hash = _leaf(abi.encode(owner, nodeId, cumulative));
        no(registry.verifyPenalty(EPOCH, owner, nodeId, cumulative, _proof(sibling)), "unposted");
        _post(0, 0, hash, sibling);
        yes(registry.verifyPenalty(EPOCH, owner, nodeId, cumulative, _proof(sibling)), "own values");
        no(registry.verifyPenalty(EPOCH, owner, ~nodeId, cumulative, _proof(sibling)), "node");
        no(registry.verifyPenalty(EPOCH, owner, nodeId, ~cumulative, _proof(sibling)), "cumulative");
        no(registry.verifyPenalty(EPOCH, address(uint160(owner) ^ 1), nodeId, cumulative, _proof(sibling)), "owner");
        // reward and penalty leaves have equal lengths; their trees are apart
        no(registry.verifyReward(EPOCH, 0, owner, cumulative, _proof(sibling)), "another tree");
    }

    /// A root of zero stands for "no leaves".
    function testFuzz_NothingIsInNothing(bytes32[] memory proof, ScoreLeaf memory score, ValidatorLeaf memory leaf)
        external
    {
        (score.epoch, leaf.epoch) = (EPOCH, EPOCH);
        goToReveal(EPOCH);
        EpochRoot memory root = rootOf(EPOCH);
        (root.scoreRoot, root.rewardRoot, root.penaltyRoot) = (0, 0, 0);
        postRoot(root, 15);
        no(registry.verifyScore(EPOCH, score, proof), "score");
        no(registry.verifyValidator(EPOCH, leaf, proof), "validator");
        no(registry.verifyReward(EPOCH, 0, ALICE, 1, proof), "reward");
        no(registry.verifyPenalty(EPOCH, ALICE, 0, 1, proof), "penalty");
    }

    /// @dev Flips the lowest bit of one word that is not the first, which is the epoch.
    function _flip(bytes memory encoded, uint256 which) private pure {
        uint256 word = 1 + which % (encoded.length / 32 - 1);
        encoded[32 * word + 31] ^= 0x01;
    }

    function _leaf(bytes memory encoded) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(encoded)));
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }
}
